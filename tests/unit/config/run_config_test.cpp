#include "fullshard/config/run_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "config/json_document.hpp"
#include "config/run_keys.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "unit/config/run_file.hpp"

namespace fullshard::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

TEST_F(RunFile, needs_three_keys_and_has_documented_defaults_for_the_others) {
  const auto run = load("");

  EXPECT_EQ(run.config.model_name_or_path, dir_ / "model");
  EXPECT_EQ(run.config.stage, Stage::Finetune);
  EXPECT_EQ(run.config.precision, Precision::Bf16);
  EXPECT_EQ(run.config.learning_rate, 5e-5);
  EXPECT_EQ(run.config.packing, false);
  EXPECT_EQ(run.provenance.at("learning_rate"), "default");
  EXPECT_EQ(run.provenance.at("dataset"), "line 1");
}

TEST_F(RunFile, groups_hold_groups_as_objects_or_dotted) {
  for (
      const char* sharding :
      {R"("sharding": {"mesh": {"nodes": 2}, "levels": {"parameters": "node", "gradients": "node", "optimizer": "world"}})",
       R"("sharding": {"mesh.nodes": 2, "levels.parameters": "node", "levels.gradients": "node", "levels.optimizer": "world"})"}) {
    const auto run = load(sharding);

    EXPECT_EQ(run.config.sharding.mesh_nodes, 2);
    EXPECT_EQ(run.config.sharding.levels.optimizer, ShardLevel::World);
  }
  EXPECT_THAT(refusal(R"("sharding": {"mesh": {"node": 2}})"),
              HasSubstr("did you mean sharding.mesh.nodes?"));
}

TEST_F(RunFile, missing_keys_are_all_named) {
  try {
    load_text("{}");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("3 problems"), HasSubstr("model_name_or_path: expected"),
                                HasSubstr("dataset: expected"), HasSubstr("output_dir: expected")));
    EXPECT_EQ(e.key, "model_name_or_path");
  }
}

TEST_F(RunFile, null_means_that_a_key_is_not_given) {
  EXPECT_THAT(refusal(R"("num_train_epochs": 1)", {"dataset=null"}),
              HasSubstr("dataset: expected a data file or a list of them, found nothing"));
  EXPECT_EQ(load(R"("seed": null)").provenance.at("seed"), "default");
}

TEST_F(RunFile, all_problems_come_at_once_with_their_lines) {
  const std::string message = refusal(R"("learning_rate": "fast",
"cutoff_len": 0, "seed": -1,
"learning_rte": 1, "learning_rte2": 2,
"per_device_train_batch_size": 1e99, "adam_beta1": 1,
"weight_decay": 1e400, "cutoff_len": 5)");

  EXPECT_THAT(message,
              AllOf(HasSubstr("learning_rate (line 2): expected a number from 0, found \"fast\" (a string)"),
                    HasSubstr("seed (line 3): expected a whole number"),
                    HasSubstr("learning_rte (line 4): no such key; did you mean learning_rate?"),
                    HasSubstr("per_device_train_batch_size (line 5)"), HasSubstr("adam_beta1 (line 5)"),
                    HasSubstr("weight_decay (line 6)"),
                    HasSubstr("cutoff_len: given in line 3 and again in line 6")));
}

TEST_F(RunFile, comments_and_trailing_commas_are_welcome) {
  EXPECT_EQ(load("\"seed\": 7, // lucky\n/* and */").config.seed, 7u);
}

TEST_F(RunFile, unknown_keys_inside_groups_are_refused_and_found_outside_of_them) {
  EXPECT_THAT(refusal(R"("sharding": {"stratgy": "ddp"})"), HasSubstr("did you mean sharding.strategy?"));
  EXPECT_THAT(refusal(R"("strategy": "ddp")"), HasSubstr("did you mean sharding.strategy?"));
  EXPECT_THAT(refusal(R"("sharding": "ddp")"), HasSubstr("sharding (line 2): expected an object"));
}

TEST_F(RunFile, overrides_win_with_dotted_keys_and_values_as_json_or_text) {
  const auto run = load(R"("seed": 1, "precision": "fp32", "sharding": {"strategy": "ddp"})",
                        {"seed=2", "sharding.strategy=zero3", "bf16=true", "columns={\"text\": \"body\"}",
                         "lr_scheduler_type=cosine", "seed=3"});

  EXPECT_EQ(run.config.seed, 3u);
  EXPECT_EQ(run.config.sharding.strategy, Strategy::Zero3);
  EXPECT_EQ(run.config.precision, Precision::Bf16);
  EXPECT_EQ(run.config.columns.text, "body");
  EXPECT_EQ(run.config.lr_scheduler_type, Schedule::Cosine);
  EXPECT_EQ(run.provenance.at("seed"), "override");
  EXPECT_EQ(run.provenance.at("precision"), "override (bf16)");
}

TEST_F(RunFile, broken_overrides_are_refused) {
  EXPECT_THAT(refusal("", {"seed", "=3", "sede=1", "seed=x"}),
              AllOf(HasSubstr("seed: expected key=value"), HasSubstr("=3: expected key=value"),
                    HasSubstr("sede (override): no such key; did you mean seed?"),
                    HasSubstr("seed (override): expected a whole number")));
}

TEST_F(RunFile, paths_are_relative_to_the_file_and_in_overrides_to_the_working_directory) {
  const auto run = load("\"eval_dataset\": [\"more.jsonl\"]", {"output_dir=elsewhere"});

  ASSERT_EQ(run.config.eval_dataset.size(), 1u);
  EXPECT_EQ(run.config.eval_dataset[0].path, dir_ / "more.jsonl");
  EXPECT_EQ(run.config.output_dir, std::filesystem::current_path() / "elsewhere");
}

TEST_F(RunFile, paths_that_do_not_exist_are_refused) {
  EXPECT_THAT(refusal(R"("eval_dataset": "gone.jsonl", "resume_from_checkpoint": "checkpoint-1")",
                      {"model_name_or_path=org/name"}),
              AllOf(HasSubstr("eval_dataset (line 2): expected a file"), HasSubstr("resume_from_checkpoint"),
                    HasSubstr("hub name")));
}

TEST_F(RunFile, names_of_other_programs_are_understood) {
  const auto run =
      load(R"("bf16": false, "gradient_checkpointing": true, "warmup_ratio": 0.1, "warmup_steps": 0,
      "evaluation_strategy": "no", "max_steps": -1, "resume_from_checkpoint": true, "sharding": {"strategy": "FULL_SHARD"},
      "finetuning_type": "full", "optim": "adamw_torch", "report_to": "none", "do_train": true, "fp16": false,
      "ddp_timeout": 180000000, "plot_loss": true, "preprocessing_num_workers": 16, "deepspeed": null)");

  EXPECT_EQ(run.config.precision, Precision::Fp32);
  EXPECT_EQ(run.config.recompute, Recompute::Full);
  EXPECT_EQ(run.config.warmup_steps, 0.1);
  EXPECT_FALSE(run.config.max_steps);
  EXPECT_FALSE(run.config.resume_from_checkpoint);
  EXPECT_EQ(run.config.sharding.strategy, Strategy::Zero3);
  EXPECT_EQ(run.provenance.at("precision"), "line 2 (bf16)");
}

TEST_F(RunFile, what_is_not_done_is_refused_with_the_reason) {
  EXPECT_THAT(refusal(R"("finetuning_type": "lora")"), HasSubstr("only full fine-tuning"));
  EXPECT_THAT(refusal(R"("fp16": true)"), HasSubstr("not in this version"));
  EXPECT_THAT(refusal(R"("optim": "adafactor")"), HasSubstr("remove the key or write \"adamw_torch\""));
  EXPECT_THAT(refusal(R"("do_train": false)"), HasSubstr("fullshard evaluate"));
  EXPECT_THAT(refusal(R"("load_best_model_at_end": true)"), HasSubstr("load_best_model_at_end"));
  EXPECT_THAT(refusal(R"("streaming": true)"), HasSubstr("streaming"));
  EXPECT_THAT(refusal(R"("report_to": ["wandb"])"), HasSubstr("report_to"));
  EXPECT_THAT(refusal(R"("max_steps": 0)"), HasSubstr("max_steps"));
}

TEST_F(RunFile, epochs_are_bounded) {
  for (const char* epochs : {"1000001", "1e18", "1e19", "1e300", "-1"})
    EXPECT_THAT(refusal(fmt::format(R"("num_train_epochs": {})", epochs)),
                HasSubstr("num_train_epochs (line 2): expected a number from 0 to 1000000, found "))
        << epochs;

  EXPECT_EQ(load(R"("num_train_epochs": 1e6)").config.num_train_epochs, 1e6);
}

TEST_F(RunFile, messages_are_short_and_have_no_control_characters_whatever_they_quote) {
  const std::string evil = "\\u001b]0;" + std::string(5000, 'x'), quoted = '"' + evil + '"';
  const std::string files[] = {quoted + ": 1",
                               quoted + ": 1, " + quoted + ": 1",
                               "\"finetuning_type\": " + quoted,
                               "\"sharding\": {" + quoted + ": 1}",
                               "\"sharding\": " + quoted,
                               "\"chat_template_kwargs." + evil + "\": " + quoted,
                               "\"sources\": [{" + quoted + ": 1}]",
                               "\"columns.prompt\": " + quoted + ", \"columns.response\": " + quoted};

  for (const std::string& file : files) {
    const std::string message = refusal(file);
    EXPECT_THAT(message, HasSubstr("problem"));
    EXPECT_LT(message.size(), 700u) << message;
    EXPECT_EQ(message.find_first_of("\x1B\x7F"), message.npos) << message;
  }
  EXPECT_LT(refusal("", {std::string(5000, 'x')}).size(), 300u);
}

TEST_F(RunFile, contradictions_are_refused) {
  EXPECT_THAT(refusal(R"("bf16": true, "precision": "fp32")"), HasSubstr("contradicts"));
  EXPECT_THAT(refusal(R"("warmup_ratio": 0.1, "warmup_steps": 5)"), HasSubstr("contradicts"));
  EXPECT_THAT(refusal(R"("val_size": 0.1, "eval_dataset": "more.jsonl")"), HasSubstr("val_size (line 2)"));
  EXPECT_THAT(refusal(R"("stage": "pt", "packing": false)"), HasSubstr("packing"));
  EXPECT_THAT(refusal(R"("template": "llama3", "chat_template": "x.jinja")"), HasSubstr("chat_template"));
  EXPECT_THAT(refusal(R"("train_on_prompt": true, "mask_history": true)"),
              HasSubstr("mask_history (line 2): contradicts train_on_prompt"));
  EXPECT_THAT(refusal(R"("stage": "pt", "template": "llama3")"), HasSubstr("template (line 2)"));
  EXPECT_THAT(refusal(R"("eval_strategy": "steps")"), HasSubstr("nothing to validate on"));
  EXPECT_THAT(refusal(R"("eval_steps": 5)"), HasSubstr("eval_steps (line 2): there is nothing"));
  EXPECT_THAT(refusal(R"("global_batch_size": 12)"), HasSubstr("multiple of per_device_train_batch_size, 8"));
  EXPECT_THAT(refusal(R"("columns": {"prompt": "a", "response": "a"})"), HasSubstr("columns.response"));
  EXPECT_THAT(refusal(R"("warmup_steps": 2.5)"), HasSubstr("warmup_steps"));
}

TEST_F(RunFile, sources_come_from_data_sets_with_weights_or_from_a_list) {
  const auto plain = sources_of(load("\"max_samples\": 7").config);
  ASSERT_EQ(plain.size(), 1u);
  EXPECT_EQ(plain[0].max_samples, 7);
  EXPECT_FALSE(plain[0].weight);

  const auto mixed = load(R"("interleave_probs": "0.75, 0.25")",
                          {fmt::format("dataset={0}/more.jsonl, {0}/data.jsonl", dir_.path().string())})
                         .config;
  EXPECT_EQ(mixed.mix_strategy, MixStrategy::InterleaveUnder);
  const auto sources = sources_of(mixed);
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].dataset.path, dir_ / "more.jsonl");
  EXPECT_EQ(sources[0].weight, 0.75);
  EXPECT_EQ(sources[1].weight, 0.25);

  const auto listed = sources_of(load(R"("max_samples": 9, "sources": [
    {"dataset": "data.jsonl", "epochs": 2}, {"dataset": "more.jsonl", "epochs": 0.5, "max_samples": 3}])",
                                      {"dataset=null"})
                                     .config);
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].epochs, 2);
  EXPECT_EQ(listed[0].max_samples, 9);
  EXPECT_EQ(listed[1].max_samples, 3);
}

TEST_F(RunFile, sources_that_contradict_each_other_are_refused) {
  EXPECT_THAT(refusal(R"("sources": [{"dataset": "data.jsonl"}])"), HasSubstr("contradicts dataset"));
  EXPECT_THAT(refusal(R"("interleave_probs": [1, 2])"),
              HasSubstr("a number for each of 1 data sets, found 2"));
  EXPECT_THAT(refusal(R"("interleave_probs": [1], "mix_strategy": "concat")"),
              HasSubstr("concat takes whole"));
  EXPECT_THAT(refusal(R"("interleave_probs": [1], "disable_shuffling": true)"),
              HasSubstr("disable_shuffling (line 2): sources would follow each other whole"));
  EXPECT_THAT(refusal(R"("interleave_probs": [0])"), HasSubstr("expected a list of numbers above 0"));
  EXPECT_THAT(refusal(R"("sources": [{"dataset": "data.jsonl", "wight": 1}])"),
              HasSubstr("\"wight\": expected dataset, weight"));
  EXPECT_THAT(
      refusal(R"("sources": [{"dataset": "data.jsonl", "weight": 1, "epochs": 2}])", {"dataset=null"}),
      HasSubstr("epochs beside weights"));
  EXPECT_THAT(refusal("", {"dataset=gone.jsonl"}), HasSubstr("needs dataset_dir"));
}

TEST_F(RunFile, packing_is_what_the_stage_and_its_keys_say) {
  EXPECT_EQ(load("").config.packing, false);
  EXPECT_EQ(load(R"("packing": true)").config.packing, true);
  EXPECT_EQ(load(R"("neat_packing": true)").config.packing, true);
  EXPECT_EQ(load(R"("stage": "pt")").config.packing, true);
  EXPECT_EQ(load("").config.neat_packing, false);
  EXPECT_EQ(load(R"("packing": true)").config.neat_packing, true);
  EXPECT_EQ(load(R"("stage": "pt")").config.neat_packing, false);
}

TEST_F(RunFile, attention_across_packed_samples_of_sft_is_refused_where_it_is_asked_for) {
  EXPECT_THAT(refusal(R"("packing": true, "neat_packing": false)"),
              HasSubstr("neat_packing (line 2): expected true beside packing: true, found false"));

  EXPECT_EQ(refusal(R"("packing": true, "neat_packing": null)"), "accepted");
  EXPECT_EQ(refusal(R"("packing": true, "neat_packing": false)", {"neat_packing=true"}), "accepted");
  EXPECT_EQ(refusal(R"("packing": false, "neat_packing": false)"), "accepted");
  EXPECT_THAT(refusal(R"("packing": false, "neat_packing": true)"), HasSubstr("contradicts packing: false"));
  EXPECT_EQ(refusal(R"("stage": "pt", "packing": true, "neat_packing": false)"), "accepted");
  EXPECT_EQ(refusal("", {"packing=true", "neat_packing=null"}), "accepted");
}

TEST_F(RunFile, token_stores_lie_beside_the_run_file_unless_it_says_otherwise) {
  EXPECT_EQ(load("").config.tokenized_path, dir_ / "tokenized");
  EXPECT_EQ(load(R"("tokenized_path": "/scratch/tokens")").config.tokenized_path, "/scratch/tokens");
}

TEST_F(RunFile, a_chat_template_is_jinja_or_a_file_beside_the_run_file) {
  EXPECT_EQ(load(R"("chat_template": "{{ x }}")").config.chat_template->text, "{{ x }}");

  write_file_atomically(dir_ / "my.jinja", "{{ x }}");
  EXPECT_EQ(load(R"("chat_template": "my.jinja")").config.chat_template->file, dir_ / "my.jinja");
}

TEST_F(RunFile, schedule_options_go_with_their_schedule) {
  const auto run =
      load(R"("lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr_rate": 0.1})");

  EXPECT_EQ(run.config.lr_scheduler_kwargs.min_lr_rate, 0.1);
  EXPECT_THAT(refusal(R"("lr_scheduler_kwargs": {"min_lr_rate": 0.1})"), HasSubstr("does not use it"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "cosine_with_min_lr")"), HasSubstr("found neither"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "warmup_stable_decay")"), HasSubstr("num_decay_steps"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "constant", "warmup_steps": 3)"),
              HasSubstr("constant_with_warmup"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"lr_end": 1})"),
              HasSubstr("learning_rate: expected more than lr_scheduler_kwargs.lr_end, 1, found 5e-05"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "polynomial", "learning_rate": 1e-7)"),
              HasSubstr("lr_end, 1e-07, found 1e-07"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "cosine_with_min_lr", "learning_rate": 0,
        "lr_scheduler_kwargs": {"min_lr": 0})"),
              HasSubstr("expected more than 0 beside lr_scheduler_kwargs.min_lr"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr": 1})"),
              HasSubstr("expected at most 5e-05, found 1"));
  for (const char* share : {R"("lr_scheduler_type": "warmup_stable_decay",
        "lr_scheduler_kwargs": {"num_decay_steps": 3, "min_lr_ratio": 1.5})",
                            R"("lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr_rate": 1.5})"})
    EXPECT_THAT(refusal(share), HasSubstr("expected at most 1, found 1.5"));
  EXPECT_THAT(refusal(R"("lr_scheduler_type": "cosine_with_restarts")"), HasSubstr("not in this version"));
}

TEST_F(RunFile, eval_steps_turn_validation_on) {
  const auto some = load(R"("val_size": 10, "eval_steps": 5)").config;
  const auto by_logging = load(R"("val_size": 0.1, "eval_strategy": "steps", "logging_steps": 3)").config;
  const auto off = load(R"("val_size": 0.1, "eval_strategy": "no", "eval_steps": 5)").config;

  EXPECT_EQ(some.eval_strategy, Cadence::Steps);
  EXPECT_EQ(by_logging.eval_steps, 3);
  EXPECT_EQ(off.eval_strategy, Cadence::Never);
}

TEST_F(RunFile, shard_sizes_have_units) {
  const auto size = [&](const std::string& text) {
    return load("\"export\": {\"max_shard_size\": " + text + "}").config.model_export.max_shard_size.value;
  };

  EXPECT_EQ(size("\"5GB\""), 5'000'000'000);
  EXPECT_EQ(size("\"1.5 MiB\""), 1'572'864);
  EXPECT_EQ(size("4096"), 4096);
  EXPECT_THAT(refusal(R"("export": {"max_shard_size": "5 parsecs"})"), HasSubstr("max_shard_size"));
  EXPECT_THAT(refusal(R"("export": {"max_shard_size": "9e99GB"})"), HasSubstr("max_shard_size"));
}

TEST_F(RunFile, global_batch_follows_the_rows_of_all_ranks_unless_given) {
  const auto by_ranks = load(R"("per_device_train_batch_size": 2, "gradient_accumulation_steps": 3)").config;
  const auto fixed = load(R"("per_device_train_batch_size": 2, "global_batch_size": 10)").config;
  auto both = by_ranks;
  both.global_batch_size = 24;

  EXPECT_EQ(global_batch(by_ranks, 4), 24);
  EXPECT_EQ(global_batch(fixed, 3), 10);
  EXPECT_EQ(global_batch(both, 4), 24);
  EXPECT_THROW(global_batch(both, 3), ConfigError);
}

TEST_F(RunFile, the_printed_configuration_is_a_run_file_of_the_same_run) {
  const auto run =
      load(R"("stage": "pt", "val_size": 0.05, "eval_steps": 7, "data_seed": 3, "learning_rate": 0.1,
      "export": {"dtype": "bfloat16", "max_shard_size": "3MiB"}, "sharding": {"strategy": "zero0"})");
  const auto packed = load(R"("packing": true)");

  const auto again = load_text(annotated_json(run));

  EXPECT_EQ(resolved_json(again.config), resolved_json(run.config));
  EXPECT_EQ(resolved_json(load_text(annotated_json(packed)).config), resolved_json(packed.config));
  EXPECT_THAT(annotated_json(run), HasSubstr("// line 2"));
}

TEST_F(RunFile, resolved_json_has_every_key) {
  const auto document = parse_json(resolved_json(load("").config), JsonDialect::Strict);

  for (const Key& key : run_keys()) {
    const size_t dot = key.name.find('.');
    const JsonValue* holder =
        dot == std::string::npos ? &document.root : document.root.find(key.name.substr(0, dot));
    ASSERT_TRUE(holder) << key.name;
    EXPECT_TRUE(holder->find(key.name.substr(dot == std::string::npos ? 0 : dot + 1))) << key.name;
  }
}

TEST_F(RunFile, files_that_are_no_run_file_are_refused) {
  const auto load_path = [](const std::filesystem::path& path) { return [=] { load_run_config(path, {}); }; };
  const std::string rows = "{\"text\": \"a\"}\n\n{\"text\": \"b\"}\n";

  EXPECT_THROW(load_text("["), ConfigError);
  EXPECT_THROW(load_text("[]"), ConfigError);
  EXPECT_THAT(load_path(dir_ / "absent.json"),
              ThrowsMessage<ConfigError>(HasSubstr("expected a run file, found no such file")));
  EXPECT_THAT(load_path(dir_.path()),
              ThrowsMessage<ConfigError>(HasSubstr("expected a run file, found a directory")));
  EXPECT_THAT([&] { load_text(rows); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("expected one JSON object, found one on each line"),
                                               HasSubstr("like data"), HasSubstr("key dataset"))));
  EXPECT_THAT([&] { load_text("{\"seed\": 1}\n}"); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("line 2"), Not(HasSubstr("like data")))));
}

TEST(RunKeys, no_name_is_described_twice) {
  std::map<std::string, int> count;
  for (const auto& k : run_keys()) ++count[k.name];
  for (const auto& k : run_aliases()) ++count[k.name];
  for (const auto& k : passive_keys()) ++count[k.name];

  for (const auto& [name, n] : count) EXPECT_EQ(n, 1) << name;
}

TEST(RunKeys, documentation_is_what_the_table_says) {
  EXPECT_EQ(read_file(std::filesystem::path(FULLSHARD_SOURCE_DIR) / "docs/config.md"), config_markdown())
      << "write it anew: build/fullshard config --markdown > docs/config.md";
}

}  // namespace
}  // namespace fullshard::config
