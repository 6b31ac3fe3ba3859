#include "fullshard/checkpoint/writer.hpp"

#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>

#include "fullshard/core/files.hpp"
#include "sample.hpp"
#include "support/together.hpp"

namespace fullshard {

using checkpoint::CheckpointReader;
using test::all_say;
using test::judge_all_ranks;
using test::Outcome;
using test::outcome_of;
using test::Sample;
using test::SharedTempDir;
using test::world;

namespace {

/// No file of this process may grow beyond `size`, until the end of the scope.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(Bytes size) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = static_cast<rlim_t>(size.value);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

/// A file system of `size` at `where`, until the end of the scope; needs root.
class SmallFileSystem {
 public:
  SmallFileSystem(std::filesystem::path where, Bytes size) : where_(std::move(where)) {
    const std::string options = "size=" + std::to_string(size.value);
    mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallFileSystem() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path where_;
  bool mounted_ = false;
};

std::vector<std::string> names_in(const std::filesystem::path& dir) {
  std::vector<std::string> names;
  for (const auto& e : std::filesystem::directory_iterator(dir)) names.push_back(e.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST(Writer, what_n_ranks_wrote_m_ranks_read) {
  SharedTempDir dir;
  const Sample sample;

  const auto path = sample.write(world(), dir.path(), 7);

  const auto reader = CheckpointReader::open(path);
  judge_all_ranks([&] {
    for (int ranks : {1, 2, 3, 5})
      for (int rank = 0; rank < ranks; ++rank)
        if (!sample.part_equals(reader, rank, ranks)) return false;
    return path == dir.path() / "checkpoint-7" && names_in(dir.path()).size() == 1;
  });
}

TEST(Writer, any_number_of_ranks_writes_the_same_tensor_digests) {
  SharedTempDir dir;
  const Sample sample;

  const auto mine = sample.extents(world().rank(), world().size());
  const checkpoint::Written written = checkpoint::write_checkpoint(world(), {.output_dir = dir.path(),
                                                                             .run = Sample::run(1),
                                                                             .tensors = sample.tensors,
                                                                             .extents = mine,
                                                                             .side_files = {}});

  const auto by_all = CheckpointReader::open(written.path);
  judge_all_ranks([&] {
    if (written.digest != state_digest(by_all.manifest())) return false;
    for (size_t t = 0; t < sample.tensors.size(); ++t)
      if (by_all.tensors()[t].digest != digest_of(sample.whole(t), {0})) return false;
    return true;
  });
}

TEST(Writer, the_run_state_comes_back_as_it_was) {
  SharedTempDir dir;

  const auto reader = CheckpointReader::open(Sample().write(world(), dir.path(), 12));

  judge_all_ranks([&] {
    const checkpoint::RunState &got = reader.manifest().run, want = Sample::run(12);
    return got.step == 12 && got.data_cursor == 12 && got.model_hash == want.model_hash &&
           got.layout_hash == want.layout_hash && got.environment == want.environment &&
           got.config_json == want.config_json && got.trainer_state == want.trainer_state &&
           got.ties.size() == 1 && got.ties[0].same_as == "model.embed_tokens.weight";
  });
}

TEST(Writer, side_files_lie_beside_the_state) {
  SharedTempDir dir;
  if (world().rank() == 0) write_file_atomically(dir.path() / "config.json", "{}\n");

  const auto path = Sample().write(world(), dir.path(), 1, {dir.path() / "config.json"});

  judge_all_ranks([&] { return read_file(path / "config.json") == "{}\n"; });
}

TEST(Writer, a_checkpoint_of_the_same_step_is_replaced) {
  SharedTempDir dir;
  Sample(1).write(world(), dir.path(), 3);

  const auto path = Sample(2).write(world(), dir.path(), 3);

  const auto reader = CheckpointReader::open(path);
  world().barrier();
  judge_all_ranks([&] {
    return Sample(2).part_equals(reader, world().rank(), world().size()) && names_in(dir.path()).size() == 1;
  });
}

TEST(Writer, one_rank_may_write_for_all) {
  SharedTempDir dir;
  const Sample sample;
  const bool writes = world().rank() == world().size() - 1;
  const auto mine = writes ? sample.extents(0, 1) : std::vector<checkpoint::WriteExtent>{};

  const auto reader = CheckpointReader::open(sample.write_extents(world(), dir.path(), 1, mine));

  judge_all_ranks([&] { return sample.part_equals(reader, 0, 1); });
}

TEST(Writer, a_hole_or_an_overlap_is_refused_by_all_ranks) {
  SharedTempDir dir;
  const Sample sample;
  auto mine = sample.extents(world().rank(), world().size());
  auto more = mine;
  if (world().rank() == world().size() - 1) {
    mine.back().data = mine.back().data.slice({0}, mine.back().data.count - Elems{1});
    more.push_back({0, {5}, sample.whole(0).slice({5}, {1})});
  }
  const auto attempt = [&](const std::vector<checkpoint::WriteExtent>& extents) {
    return outcome_of([&] { sample.write_extents(world(), dir.path(), 1, extents); });
  };

  const Outcome hole = attempt(mine), overlap = attempt(more);

  judge_all_ranks([&] {
    return all_say(hole, ExitCode::Internal, "4098 of 4099") &&
           all_say(overlap, ExitCode::Internal, "[5, +1)") && names_in(dir.path()).empty();
  });
}

TEST(Writer, a_tensor_that_is_asked_for_twice_is_refused) {
  SharedTempDir dir;
  Sample sample;
  sample.tensors[3].name = sample.tensors[2].name;

  const Outcome outcome = outcome_of([&] { sample.write(world(), dir.path(), 1); });

  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Internal, "exp_avg/model.embed_tokens.weight is given twice") &&
           names_in(dir.path()).empty();
  });
}

TEST(Writer, a_tensor_whose_name_is_a_path_is_refused) {
  SharedTempDir dir;
  Sample sample;
  sample.tensors[3].name = "model/scale";

  const Outcome outcome = outcome_of([&] { sample.write(world(), dir.path(), 1); });

  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Refused, "'exp_avg/model/scale' cannot be stored") &&
           names_in(dir.path()).empty();
  });
}

TEST(Writer, a_write_error_of_one_rank_is_thrown_by_all_and_leaves_the_older_checkpoint) {
  SharedTempDir dir;
  const Sample sample;
  const auto older = sample.write(world(), dir.path(), 1);
  Outcome outcome;

  {
    std::optional<FileSizeLimit> limit;
    if (world().rank() == world().size() - 1) limit.emplace(Bytes{100'000});
    outcome = outcome_of([&] { sample.write(world(), dir.path(), 2); });
  }

  world().barrier();
  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Io, "File too large") &&
           names_in(dir.path()) == std::vector<std::string>{"checkpoint-1"} &&
           sample.part_equals(CheckpointReader::open(older), 0, 1);
  });
}

TEST(Writer, no_room_on_any_rank_is_a_clean_error_of_all) {
  SharedTempDir dir;
  Outcome outcome;

  {
    const FileSizeLimit limit(Bytes{100'000});
    outcome = outcome_of([&] { Sample().write(world(), dir.path(), 2); });
  }

  world().barrier();
  judge_all_ranks(
      [&] { return all_say(outcome, ExitCode::Io, "cannot reserve") && names_in(dir.path()).empty(); });
}

TEST(Writer, a_full_disk_is_a_clean_error_of_all_and_leaves_the_older_checkpoint) {
  SharedTempDir dir;
  const Sample sample;  // 9 MB: one fits, two do not
  std::optional<SmallFileSystem> disk;
  if (world().rank() == 0) disk.emplace(dir.path(), Bytes{12 << 20});
  if (world().broadcast(static_cast<int64_t>(disk && disk->mounted())) == 0)
    GTEST_SKIP() << "needs the right to mount a small file system";
  const auto older = sample.write(world(), dir.path(), 1);

  const Outcome outcome = outcome_of([&] { sample.write(world(), dir.path(), 2); });

  world().barrier();
  const auto names = names_in(dir.path());
  const bool intact = sample.part_equals(CheckpointReader::open(older), 0, 1);
  world().barrier();
  disk.reset();
  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Io, "No space left") && intact &&
           names == std::vector<std::string>{"checkpoint-1"};
  });
}

TEST(Writer, a_missing_output_directory_is_named_by_all) {
  SharedTempDir dir;

  const Outcome outcome = outcome_of([&] { Sample().write(world(), dir.path() / "absent", 2); });

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Io, "absent"); });
}

TEST(Writer, ranks_with_different_requests_are_refused) {
  if (world().size() == 1) GTEST_SKIP() << "needs two ranks";
  SharedTempDir dir;

  const Outcome outcome = outcome_of([&] { Sample().write(world(), dir.path(), world().rank()); });

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Internal, "different tensors"); });
}

}  // namespace fullshard
