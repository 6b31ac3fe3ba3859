#include <fmt/format.h>
#include <gmock/gmock.h>

#include "config/json_document.hpp"
#include "unit/config/run_file.hpp"

namespace fullshard::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// Runs whose data is what a test says.
class RunData : public RunFile {
 protected:
  std::string refused(const std::string& override) const { return refusal("", {"dataset=null", override}); }
};

TEST_F(RunData, an_empty_list_is_a_missing_key) {
  const char* missing = "1 problem\n  dataset: expected a data file or a list of them, found nothing";

  EXPECT_THAT(refused("dataset=[]"), HasSubstr(missing));
  EXPECT_THAT(refused("sources=[]"), HasSubstr(missing));
  EXPECT_THAT(refusal(R"("eval_dataset": [], "eval_steps": 2)"), HasSubstr("nothing to validate on"));
  EXPECT_EQ(refusal(R"("sources": [], "eval_dataset": [])"), "accepted");
}

TEST_F(RunData, a_bad_source_is_named_once_with_its_number) {
  EXPECT_THAT(refused(R"(sources=[{"dataset":"fast","weight":0},{"dataset":"gsm"}])"),
              AllOf(HasSubstr("1 problem\n"),
                    HasSubstr("sources (override): entry 1: \"weight\": expected a number above 0, found 0"),
                    Not(HasSubstr("list of objects"))));
  EXPECT_THAT(refused(R"(sources=[{"dataset":"fast"},{"weight":1}])"),
              HasSubstr("entry 2: expected \"dataset\", a path or a name, found {\"weight\""));
  EXPECT_THAT(refused(R"(sources=[{"dataset":"fast"},"gsm"])"),
              HasSubstr("entry 2: expected an object with \"dataset\", found \"gsm\" (a string)"));
  EXPECT_THAT(refused(R"(sources=[{"dataset":"fast","wight":1}])"),
              HasSubstr("entry 1: \"wight\": expected dataset, weight, epochs or max_samples"));
  EXPECT_THAT(refused("sources=fast"), HasSubstr("expected a list of objects, found \"fast\" (a string)"));
}

TEST_F(RunData, a_source_is_one_data_set) {
  for (const char* several : {R"("fast,gsm")", R"(["fast", "gsm"])"})
    EXPECT_THAT(refused(fmt::format("sources=[{{\"dataset\": {}}}]", several)),
                AllOf(HasSubstr("entry 1: \"dataset\": expected one path or name, found"),
                      HasSubstr("write an object for each")));

  write_file_atomically(dir_ / "a,b.jsonl", "{}");
  EXPECT_EQ(refusal(R"("sources": [{"dataset": "a,b.jsonl"}])", {"dataset=null"}), "accepted");
}

TEST_F(RunData, null_in_a_source_means_not_given) {
  const auto run = load(R"("sources": [{"dataset": "data.jsonl", "weight": null, "epochs": null,
      "max_samples": null}])",
                        {"dataset=null"});

  EXPECT_EQ(run.config.sources[0].weight, std::nullopt);
  EXPECT_EQ(run.config.sources[0].epochs, 1);
  EXPECT_THAT(refused(R"(sources=[{"dataset":null,"epochs":2}])"),
              HasSubstr("entry 1: expected \"dataset\", a path or a name, found {\"dataset\":null"));
  EXPECT_THAT(refused(R"(sources=[{"dataset":"fast","wight":null}])"), HasSubstr("\"wight\": expected"));
}

TEST_F(RunData, a_file_with_a_comma_in_its_name_is_one_data_set) {
  const auto names = [&](const std::string& dataset) {
    std::vector<std::filesystem::path> paths;
    for (const auto& e : load("\"eval_dataset\": \"" + dataset + "\"").config.eval_dataset)
      paths.push_back(e.path);
    return paths;
  };
  EXPECT_THAT(names("more.jsonl, data.jsonl"), ElementsAre(dir_ / "more.jsonl", dir_ / "data.jsonl"));

  write_file_atomically(dir_ / "more.jsonl, data.jsonl", "{}");
  EXPECT_THAT(names("more.jsonl, data.jsonl"), ElementsAre(dir_ / "more.jsonl, data.jsonl"));
}

TEST_F(RunData, what_both_the_registry_and_a_file_are_called_is_recorded_as_the_name) {
  write_file_atomically(dir_ / "dataset_info.json", R"({"data.jsonl": {}, "fast": {}})");
  const auto recorded = [&](const std::string& dataset) {
    const auto run = load_text(R"({"model_name_or_path": "model", "output_dir": "out", "dataset_dir": ".",
        "dataset": [")" + dataset +
                               R"("], "eval_dataset": [")" + dataset + "\"]}");
    const JsonValue all = parse_json(resolved_json(run.config), JsonDialect::Strict).root;
    EXPECT_EQ(all.find("dataset")->to_json(), all.find("eval_dataset")->to_json());
    return all.find("dataset")->items[0].text;
  };

  EXPECT_EQ(recorded("data.jsonl"), "data.jsonl");
  EXPECT_EQ(recorded("fast"), "fast");
  EXPECT_EQ(recorded("./data.jsonl"), (dir_ / "data.jsonl").string());
  EXPECT_EQ(recorded("more.jsonl"), (dir_ / "more.jsonl").string());

  write_file_atomically(dir_ / "dataset_info.json", "{\"data.jsonl\": }");
  EXPECT_THAT([&] { recorded("data.jsonl"); },
              ThrowsMessage<ConfigError>(
                  AllOf(HasSubstr("dataset_dir (line 1): " + (dir_ / "dataset_info.json").string() +
                                  ": line 1: not valid JSON"),
                        HasSubstr("write ./data.jsonl if it is meant"))));
}

TEST_F(RunData, what_only_the_other_stage_uses_is_refused) {
  for (const char* key : {R"("mask_history": true)", R"("train_on_prompt": true)",
                          R"("roles_to_train": ["user"])", R"("chat_template_kwargs": {"who": "me"})",
                          R"("template": "llama3")", R"("chat_template": "{{ x }}")"}) {
    const std::string name = std::string(key).substr(1, std::string_view(key).find("\":") - 1);
    EXPECT_THAT(refusal(R"("stage": "pt", )" + std::string(key)),
                AllOf(HasSubstr("1 problem\n  " + name + " (line 2): pt trains on all tokens of documents"),
                      HasSubstr("remove the key, or use stage: sft")));
  }
  EXPECT_THAT(refusal(R"("stage": "pt", "too_long": "drop")"),
              HasSubstr("too_long (line 2): pt cuts documents into pieces of cutoff_len"));
  for (const char* column : {"prompt", "response"})
    EXPECT_THAT(refusal(fmt::format(R"("stage": "pt", "columns": {{"{}": "question"}})", column)),
                HasSubstr(fmt::format("columns.{} (line 2): pt reads columns.text alone", column)));
  EXPECT_THAT(
      refusal(R"("columns": {"prompt": "question", "text": "body"})"),
      HasSubstr("columns.text (line 2): with columns.prompt or columns.response every row is a pair"));

  EXPECT_EQ(refusal(R"("columns": {"text": "body"})"), "accepted");
  EXPECT_EQ(refusal(R"("stage": "pt", "columns": {"text": "prompt"})"), "accepted");
  EXPECT_EQ(refusal(R"("stage": "pt", "mask_history": false, "train_on_prompt": false, "template": null,
      "roles_to_train": ["assistant"], "chat_template_kwargs": {}, "too_long": "truncate",
      "columns": {"prompt": "prompt", "response": "response"})"),
            "accepted");
}

TEST_F(RunData, a_name_between_commas_is_not_empty) {
  EXPECT_THAT(
      refused("dataset=fast,,gsm"),
      AllOf(HasSubstr("1 problem\n"),
            HasSubstr("dataset (override): entry 2 of \"fast,,gsm\" (a string) is empty; remove a comma")));
  EXPECT_THAT(refused("dataset=fast, "), HasSubstr("entry 2 of \"fast, \" (a string) is empty"));
  EXPECT_THAT(refused(R"(dataset=["fast", ""])"), HasSubstr("entry 2 of [\"fast\",\"\"] (a list) is empty"));
  EXPECT_THAT(refused(R"(dataset=["fast", 3])"), HasSubstr("entry 2: expected a path or a name, found 3"));
  for (const char* blank : {"dataset=", "dataset= "})
    EXPECT_THAT(refused(blank), HasSubstr("expected a path or name, or a list of them, found \""));
}

TEST_F(RunData, a_chat_template_that_is_no_file_and_no_jinja_is_refused) {
  EXPECT_THAT(
      refusal(R"("chat_template": "hello")"),
      AllOf(HasSubstr("chat_template (line 2): expected a file, found none at " + (dir_ / "hello").string()),
            HasSubstr("without \"{\" is taken for a path")));
  EXPECT_THAT(refusal(R"("chat_template": "model")"), HasSubstr("chat_template (line 2): expected a file"));
}

TEST_F(RunData, a_key_inside_of_an_object_key_says_how_the_object_is_written) {
  EXPECT_THAT(refusal("", {"chat_template_kwargs.enable_thinking=true"}),
              AllOf(HasSubstr("chat_template_kwargs.enable_thinking (override): no such key"),
                    HasSubstr("write 'chat_template_kwargs={\"enable_thinking\": true}'")));
  EXPECT_THAT(refusal(R"("chat_template_kwargs.who": "me")"),
              HasSubstr(R"(write "chat_template_kwargs": {"who": "me"})"));
}

}  // namespace
}  // namespace fullshard::config
