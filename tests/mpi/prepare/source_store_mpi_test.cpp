#include "fullshard/prepare/source_store.hpp"

#include <fmt/format.h>

#include "fullshard/core/files.hpp"
#include "fullshard/core/sizes.hpp"
#include "support/judge.hpp"
#include "support/together.hpp"
#include "unit/prepare/files.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::prepare {
namespace {

using fullshard::test::all_say;
using fullshard::test::flip_byte;
using fullshard::test::judge_all_ranks;
using fullshard::test::on_rank_zero_only;
using fullshard::test::outcome_of;
using fullshard::test::SharedTempDir;
using fullshard::test::world;
using test::gzip;
using test::zstd;

/// Documents of 0 to 40 letters, so that pieces of 256 bytes hold a few rows each.
std::string rows(int count, const char* column = "text") {
  std::string out;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (int k = 0; k < i * 7 % 41; ++k) text += static_cast<char>('a' + (i + k * k) % 8);
    out += fmt::format("{{\"{}\":\"{}\"}}\n", column, text);
  }
  return out;
}

struct SourceStore : testing::Test {
  SharedTempDir dir;
  tokenize::Tokenizer tokenizer = tokenize::test::TinyFile{}.load();
  SourceFiles source{.name = "tiny", .files = {dir.path() / "a.jsonl"}, .format = {}, .num_samples = {}};
  StoreOptions options = [this] {
    StoreOptions o;
    o.directory = dir.path() / "tokens";
    source.format.stage = config::Stage::Pretrain;
    o.rules = {.stage = config::Stage::Pretrain, .join_documents = true, .cutoff_len = 16, .vocab_size = 14};
    o.tokenizer = &tokenizer;
    o.pieces.piece = Bytes{256};
    return o;
  }();

  void write(const std::string& content) const {
    on_rank_zero_only([&] { write_file_atomically(source.files[0], content); });
  }
  data::TokenStore make() const { return source_store(source, options, world()); }
  /// The store that one rank alone makes elsewhere.
  data::TokenStore made_alone() const {
    StoreOptions own = options;
    own.directory = dir.path() / fmt::format("alone-{}", world().rank());
    own.threads = 1;
    return source_store(source, own, world().split(world().rank(), 0));
  }
  int num_files() const {
    int n = 0;
    for ([[maybe_unused]] const auto& e : std::filesystem::directory_iterator(options.directory)) ++n;
    return n;
  }
};

TEST_F(SourceStore, is_the_same_file_whatever_ranks_and_threads_make_it) {
  write(rows(100));
  for (const bool join : {true, false}) {
    options.rules.join_documents = join;
    options.threads = 3;
    const data::TokenStore together = make(), alone = made_alone();

    judge_all_ranks([&] {
      return together.size() > 10 && together.header().ledger.documents == 100 &&
             read_file(together.path()) == read_file(alone.path());
    });
  }
}

TEST_F(SourceStore, is_the_same_file_where_ranks_have_different_numbers_of_threads) {
  write(rows(100));
  options.threads = 1 + world().rank() % 3;
  const data::TokenStore together = make(), alone = made_alone();

  judge_all_ranks([&] { return read_file(together.path()) == read_file(alone.path()); });
}

TEST_F(SourceStore, what_ranks_find_or_read_differently_is_refused_before_a_store_is_begun) {
  write(rows(20));
  const auto is_last = [] { return world().rank() == world().size() - 1; };
  const auto refused = [&](const std::string& word) {
    const auto outcome = outcome_of([&] { make(); });
    judge_all_ranks([&] {
      return world().size() == 1 ||
             (all_say(outcome, ExitCode::Refused, "tiny: expected the same on all") &&
              all_say(outcome, ExitCode::Refused, word) && !std::filesystem::exists(options.directory));
    });
  };
  const SourceFiles whole = source;
  const StoreOptions as_all = options;

  if (is_last()) source.files.push_back(source.files[0]);
  refused("a.jsonl of ");
  source = whole;
  if (is_last()) source.num_samples = 7;
  refused("num_samples 7 on rank");
  source = whole;
  if (is_last()) source.format.columns.text = "body";
  refused("body");
  source = whole;
  if (is_last()) options.tokenizer_digest = {1, 2};
  refused("\"tokenizer\":");
  options = as_all;
  if (is_last()) options.rules.cutoff_len = 8;
  refused("\"cutoff_len\":16");
}

TEST_F(SourceStore, small_files_beside_larger_ones_are_one_sequence_of_rows) {
  const std::string all = rows(200);
  write(all);
  const data::TokenStore whole = make();
  // Files of 5, 10, 15, … rows, soon beyond a piece of 256 bytes, with ten of one row behind each; two of
  // three are compressed.
  source.files.clear();
  size_t at = 0;
  for (int i = 0; at < all.size(); ++i) {
    const int count = i % 11 == 0 ? 5 + 5 * (i / 11) : 1;
    size_t end = at;
    for (int row = 0; row < count && end < all.size(); ++row) end = all.find('\n', end) + 1;
    source.files.push_back(dir.path() / fmt::format("{:03}.jsonl", i));
    const std::string content = all.substr(at, end - at);
    on_rank_zero_only([&] {
      write_file_atomically(source.files.back(), i % 3 == 1   ? gzip(content)
                                                 : i % 3 == 2 ? zstd(content)
                                                              : content);
    });
    at = end;
  }
  options.threads = 3;
  const data::TokenStore together = make(), alone = made_alone();

  judge_all_ranks([&] {
    bool same = together.size() == whole.size() && read_file(together.path()) == read_file(alone.path());
    for (int64_t i = 0; same && i < whole.size(); ++i)
      same = together.digest(i) == whole.digest(i) && together.document(i) == whole.document(i);
    return same;
  });
}

TEST_F(SourceStore, small_compressed_files_are_read_many_at_once) {
  const std::string row = rows(20).substr(rows(19).size());
  source.files.clear();
  for (int i = 0; i < 60; ++i) {
    source.files.push_back(dir.path() / fmt::format("{:02}.jsonl", i));
    on_rank_zero_only(
        [&] { write_file_atomically(source.files.back(), i % 2 == 0 ? gzip(row) : zstd(row)); });
  }
  options.threads = 2;
  int64_t waves = 0, bytes_done = 0, bytes = 0;
  options.progress = [&](const MakingProgress& p) { ++waves, bytes_done = p.bytes_done, bytes = p.bytes; };
  const data::TokenStore store = make();

  // A worker takes files until they have 256 bytes.
  const int64_t most = ceil_div(60 * std::ssize(row), int64_t{256});
  judge_all_ranks(
      [&] { return store.header().ledger.documents == 60 && waves <= most && bytes_done == bytes; });
}

TEST_F(SourceStore, a_small_file_that_unpacks_to_many_pieces_is_shared) {
  const std::string row = rows(20).substr(rows(19).size());
  std::string content;
  while (std::ssize(content) < 40 * 256) content += row;
  write(gzip(content));
  options.threads = 2;
  int waves = 0;
  options.progress = [&](const MakingProgress&) { ++waves; };
  const data::TokenStore together = make(), alone = made_alone();

  judge_all_ranks([&] {
    return std::filesystem::file_size(source.files[0]) < 256 &&
           read_file(together.path()) == read_file(alone.path());
  });
  judge_all_ranks([&] { return world().rank() != 0 || waves >= 40 / (2 * world().size()); });
}

TEST_F(SourceStore, the_first_bad_row_of_small_files_ends_all_ranks_with_its_file_and_line) {
  source.files.clear();
  for (int i = 0; i < 20; ++i) {
    source.files.push_back(dir.path() / fmt::format("{:02}.jsonl", i));
    on_rank_zero_only([&] {
      write_file_atomically(source.files.back(), rows(2) + (i == 7 || i == 15 ? "{\"text\": 7}\n" : ""));
    });
  }
  options.threads = 2;
  const auto outcome = outcome_of([&] { make(); });

  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Refused, world().rank() == 0 ? "07.jsonl:3: " : ".jsonl:3: ");
  });
}

TEST_F(SourceStore, what_is_there_is_used_and_what_it_depends_on_makes_another) {
  write(rows(20));
  const data::TokenStore first = make();
  const auto written = std::filesystem::last_write_time(first.path());
  const data::TokenStore again = make();
  judge_all_ranks([&] {
    return again.path() == first.path() && std::filesystem::last_write_time(again.path()) == written;
  });

  options.rules.cutoff_len = 8;
  const data::TokenStore shorter = make();
  judge_all_ranks([&] { return shorter.path() != first.path(); });
  options.tokenizer_digest = {1, 2};
  const data::TokenStore other = make();
  judge_all_ranks([&] { return other.path() != shorter.path(); });
  write(rows(20) + "{\"text\":\"a\"}\n");
  const data::TokenStore longer = make();
  judge_all_ranks([&] { return longer.path() != other.path() && num_files() == 4; });
}

TEST_F(SourceStore, damage_anywhere_is_noticed_and_made_good) {
  write(rows(50));
  const data::TokenStore first = make();
  const std::string content = read_file(first.path());
  for (const int64_t at : {int64_t{9}, int64_t{4096}, int64_t{4096} + first.header().num_tokens * 4 - 1,
                           static_cast<int64_t>(content.size()) - 1}) {
    on_rank_zero_only([&] { flip_byte(first.path(), at); });
    make();
    judge_all_ranks([&] { return read_file(first.path()) == content; });
  }
  on_rank_zero_only([&] { std::filesystem::resize_file(first.path(), 5000); });
  make();
  judge_all_ranks([&] { return read_file(first.path()) == content; });
}

TEST_F(SourceStore, a_bad_row_ends_all_ranks_with_its_line_and_leaves_nothing) {
  write(rows(60) + "{\"text\": 7}\n" + rows(20) + "no json\n");
  const auto outcome = outcome_of([&] { make(); });

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Refused, "a.jsonl:61: "); });
  world().barrier();
  judge_all_ranks([&] { return !std::filesystem::exists(options.directory); });
}

TEST_F(SourceStore, bad_rows_are_counted_and_dropped_when_the_run_says_so) {
  write(rows(60) + "{\"text\": 7}\n" + rows(20) + "no json\n");
  options.drop_bad_samples = true;
  const data::Ledger ledger = make().header().ledger;

  judge_all_ranks([&] {
    return ledger.documents == 82 && ledger.used == 80 && ledger.balances() &&
           ledger.dropped[static_cast<size_t>(data::Fault::Row)] == 2;
  });
}

TEST_F(SourceStore, equal_samples_are_counted_wherever_they_are) {
  write(rows(30) + rows(30));
  options.rules.join_documents = false;
  const data::Ledger ledger = make().header().ledger;

  judge_all_ranks([&] { return ledger.duplicates >= 30; });
}

TEST_F(SourceStore, a_file_that_changes_while_it_is_read_makes_no_store) {
  const auto& file = source.files[0];
  const auto outcome_after = [&](const std::function<void()>& change) {
    write(rows(100));
    // Or the change might come within the same tick of the file system's clock.
    on_rank_zero_only([&] {
      std::filesystem::last_write_time(file,
                                       std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    });
    options.progress = [&](const MakingProgress&) { change(); };
    return outcome_of([&] { make(); });
  };
  const auto replaced = outcome_after([&] { write_file_atomically(file, rows(99)); });
  const auto appended = outcome_after([&] { std::ofstream(file, std::ios::app) << '\n'; });
  const auto written_to = outcome_after([&] { std::fstream(file) << '{'; });
  const auto removed = outcome_after([&] { std::filesystem::remove(file); });

  const char* const changed = "a.jsonl: has changed while it was read";
  judge_all_ranks([&] { return all_say(replaced, ExitCode::Refused, changed); });
  judge_all_ranks([&] { return all_say(appended, ExitCode::Refused, changed); });
  judge_all_ranks([&] { return all_say(written_to, ExitCode::Refused, changed); });
  judge_all_ranks(
      [&] { return all_say(removed, ExitCode::Refused, "a.jsonl: was removed while it was read"); });
}

TEST_F(SourceStore, what_a_killed_job_left_goes_after_a_day_and_not_before) {
  write(rows(5));
  const std::string name = std::string(32, 'a') + ".tokens.partial-";
  const auto old = options.directory / (name + std::string(16, '1')),
             fresh = options.directory / (name + std::string(16, '2')),
             other = options.directory / "notes.partial-draft";
  on_rank_zero_only([&] {
    std::filesystem::create_directories(options.directory);
    for (const auto& file : {old, fresh, other}) write_file_atomically(file, "x");
    for (const auto& file : {old, other})
      std::filesystem::last_write_time(
          file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  });
  make();

  judge_all_ranks([&] {
    return !std::filesystem::exists(old) && std::filesystem::exists(fresh) && std::filesystem::exists(other);
  });
}

}  // namespace
}  // namespace fullshard::prepare
