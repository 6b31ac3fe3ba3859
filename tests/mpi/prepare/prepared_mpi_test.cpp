#include "fullshard/prepare/prepared.hpp"

#include "fullshard/core/files.hpp"
#include "support/judge.hpp"
#include "support/together.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::prepare {
namespace {

using test::all_say;
using test::judge_all_ranks;
using test::outcome_of;
using test::world;

const char* const kTemplate =
    "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}</s>{% "
    "endgeneration %}"
    "{% else %}<s>{{ m.content }}{% endif %}{% endfor %}";

/// A model directory with the tiny tokenizer, and data beside it.
struct PreparedTest : testing::Test {
  test::SharedTempDir dir;
  config::RunConfig run = [this] {
    test::on_rank_zero_only([this] {
      std::filesystem::create_directories(dir.path() / "model");
      tokenize::test::TinyFile{}.write_to(dir.path() / "model");
      write("pairs.jsonl", "{\"prompt\":\"e\",\"response\":\"abc\"}\n");
      write("chat.jsonl",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"e\"},"
            "{\"role\":\"assistant\",\"content\":\"ab\"}]}\n");
      write("dataset_info.json",
            "{\"named\":{\"file_name\":\"pairs.jsonl\",\"num_samples\":5,\"columns\":{\"prompt\":\"prompt\","
            "\"response\":\"response\"}}}");
    });
    config::RunConfig r;
    r.model_name_or_path = dir.path() / "model";
    r.tokenized_path = dir.path() / "tokenized";
    return r;
  }();

  void write(const char* name, const std::string& content) const {
    write_file_atomically(dir.path() / name, content);
  }
  config::DatasetEntry entry(const std::string& name) const { return {name, dir.path() / name}; }
  Prepared prepared(Parts parts = Parts::TrainAndValidation) const {
    return prepare(run, parts, {.vocab_size = 14}, world());
  }
  static std::vector<int32_t> words(const PreparedSource& source) {
    std::vector<int32_t> out;
    source.store.read(0, out);
    return out;
  }
};

TEST_F(PreparedTest, sources_are_files_and_names_and_keep_what_the_run_wants_of_them) {
  run.dataset_dir = dir.path();
  run.dataset = {entry("pairs.jsonl"), entry("named")};
  run.max_samples = 3;
  run.chat_template = config::GivenTemplate{.text = kTemplate, .file = {}};
  const Prepared p = prepared();

  judge_all_ranks([&] {
    return p.train.size() == 2 && p.train[0].name == "pairs.jsonl" && p.train[1].name == "named" &&
           p.train[1].wish.epochs == 3 && p.train[0].wish.max_samples == 3 && p.validation.empty() &&
           words(p.train[1]) == std::vector<int32_t>{~12, ~4, 10, 13};
  });
}

TEST_F(PreparedTest, an_epoch_has_num_samples_but_no_more_than_max_samples) {
  test::on_rank_zero_only([this] {
    std::string rows;
    for (int i = 0; i < 10; ++i) rows += "{\"prompt\":\"e\",\"response\":\"abc\"}\n";
    write("pairs.jsonl", rows);
  });
  run.dataset_dir = dir.path();
  run.dataset = {entry("named")};
  run.chat_template = config::GivenTemplate{.text = kTemplate, .file = {}};
  const auto epochs = [&](std::optional<int64_t> max_samples) {
    run.max_samples = max_samples;
    return prepared().train[0].wish.epochs;
  };

  const double all = epochs({}), most = epochs(8), few = epochs(4);
  judge_all_ranks([&] { return all == 5.0 / 10 && most == 5.0 / 8 && few == 1; });
}

TEST_F(PreparedTest, conversations_go_through_the_template_of_the_run) {
  run.dataset = {entry("chat.jsonl")};
  run.chat_template = config::GivenTemplate{.text = kTemplate, .file = {}};
  const Prepared p = prepared();

  judge_all_ranks([&] { return words(p.train[0]) == std::vector<int32_t>{~12, ~4, 9, 13}; });
}

TEST_F(PreparedTest, the_template_finds_the_variables_of_the_run) {
  run.dataset = {entry("chat.jsonl")};
  run.chat_template = config::GivenTemplate{.text = std::string("{{ greeting }}") + kTemplate, .file = {}};
  run.chat_template_kwargs = R"({"greeting": "e"})";
  const Prepared p = prepared();

  judge_all_ranks([&] { return words(p.train[0]) == std::vector<int32_t>{~4, ~12, ~4, 9, 13}; });
}

TEST_F(PreparedTest, a_conversation_without_any_template_names_the_remedy) {
  run.dataset = {entry("chat.jsonl")};
  const auto outcome = outcome_of([&] { prepared(); });

  judge_all_ranks(
      [&] { return all_say(outcome, ExitCode::Refused, "chat.jsonl:1: a conversation needs a chat"); });
}

TEST_F(PreparedTest, validation_alone_reads_no_training_data) {
  run.dataset = {entry("gone.jsonl")};
  run.eval_dataset = {entry("pairs.jsonl")};
  const Prepared p = prepared(Parts::ValidationOnly);

  judge_all_ranks([&] { return p.train.empty() && p.validation.size() == 1; });
}

TEST_F(PreparedTest, an_unknown_name_is_refused_on_all_ranks) {
  run.dataset = {entry("gone")};
  const auto outcome = outcome_of([&] { prepared(); });

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Usage, "dataset: gone"); });
}

}  // namespace
}  // namespace fullshard::prepare
