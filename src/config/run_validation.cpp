#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "config/dataset_names.hpp"
#include "config/run_keys.hpp"
#include "config/stage_keys.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::config {
namespace {

namespace fs = std::filesystem;

class Validator {
 public:
  Validator(RunConfig& c, const Provenance& provenance, std::vector<std::string>& problems)
      : c_(c), provenance_(provenance), problems_(problems) {}

  void run() {
    registry_names();
    paths();
    data();
    evaluation();
    batches();
    schedule();
    sharding();
  }

 private:
  bool given(const std::string& key) const { return provenance_.at(key) != "default"; }

  void problem(const std::string& key, const std::string& text) {
    const std::string where = given(key) ? fmt::format(" ({})", provenance_.at(key)) : "";
    problems_.push_back(fmt::format("{}{}: {}", key, where, text));
  }

  void required(const std::string& key, bool empty, const char* what) {
    // A value of the wrong type has been reported already.
    if (empty && !given(key)) problem(key, fmt::format("expected {}, found nothing; add the key", what));
  }

  void registry_names() {
    try {
      prefer_registry(c_);
    } catch (const Error& e) {
      problem("dataset_dir", e.what());
    }
  }

  void paths() {
    required("model_name_or_path", c_.model_name_or_path.empty(), "the directory of a model");
    if (!given("sources")) required("dataset", c_.dataset.empty(), "a data file or a list of them");
    required("output_dir", c_.output_dir.empty(), "a directory for the results");
    std::error_code ignored;
    const fs::path& model = c_.model_name_or_path;
    if (!model.empty() && !fs::is_regular_file(model / "config.json", ignored))
      problem("model_name_or_path",
              fmt::format("expected a model directory with config.json, found none at {}; a hub name must be "
                          "downloaded first",
                          model.string()));
    must_exist("dataset", c_.dataset);
    must_exist("eval_dataset", c_.eval_dataset);
    if (c_.chat_template && c_.chat_template->text.empty() &&
        !fs::is_regular_file(c_.chat_template->file, ignored))
      problem("chat_template",
              fmt::format("expected a file, found none at {}; a value without \"{{\" is taken for "
                          "a path: correct it, or write Jinja",
                          c_.chat_template->file.string()));
    if (c_.resume_from_checkpoint && !fs::is_directory(*c_.resume_from_checkpoint, ignored))
      problem("resume_from_checkpoint", fmt::format("expected a checkpoint directory, found none at {}",
                                                    c_.resume_from_checkpoint->string()));
  }

  /// Names are the registry's business: it knows the near ones.
  void must_exist(const std::string& key, const std::vector<DatasetEntry>& entries) {
    std::error_code ignored;
    for (const DatasetEntry& e : entries)
      if (!fs::exists(e.path, ignored) && !c_.dataset_dir)
        problem(key,
                fmt::format("expected a file, found none at {}; a name needs dataset_dir", e.path.string()));
  }

  void data() {
    const bool pretrain = c_.stage == Stage::Pretrain;
    if (pretrain && c_.packing == false)
      problem("packing", "pt always fills sequences with documents; remove the key, or write true");
    if (!pretrain && c_.packing == true && c_.neat_packing == false)
      problem(
          "neat_packing",
          "expected true beside packing: true, found false, with which LLaMA-Factory lets samples of a row "
          "attend to each other; here sft always isolates them: remove the key, or write true");
    if (!pretrain && c_.packing == false && c_.neat_packing == true)
      problem("neat_packing", "contradicts packing: false; keep one of them");
    c_.packing = pretrain || c_.packing == true || c_.neat_packing == true;
    c_.neat_packing = c_.neat_packing.value_or(!pretrain && *c_.packing);
    if (!pretrain) distinct_columns();
    if (c_.val_size > 0 && !c_.eval_dataset.empty())
      problem("val_size", "contradicts eval_dataset; keep one of them");
    if (c_.mask_history && c_.train_on_prompt)
      problem("mask_history", "contradicts train_on_prompt; keep one of them");
    if (c_.chat_template && c_.chat_template_name)
      problem("chat_template", "contradicts template; keep one of them");
    for (const auto& [key, text] : unused_in_stage(c_)) problem(key, text);
    sources();
  }

  void distinct_columns() {
    for (const auto& [key, name] :
         {std::pair{"columns.response", c_.columns.response}, {"columns.text", c_.columns.text}})
      if (name == c_.columns.prompt)
        problem(key, fmt::format("expected another field than columns.prompt, found {} for both",
                                 json_excerpt(name)));
  }

  void sources() {
    if (!c_.sources.empty() && !c_.dataset.empty())
      problem("sources", "contradicts dataset; keep one of them");
    if (!c_.sources.empty() && !c_.interleave_probs.empty())
      problem("interleave_probs", "sources have a weight each; remove the key");
    const size_t weights = c_.interleave_probs.size();
    if (!c_.dataset.empty() && weights > 0 && weights != c_.dataset.size())
      problem("interleave_probs", fmt::format("expected a number for each of {} data sets, found {}",
                                              c_.dataset.size(), weights));
    std::vector<DatasetEntry> entries;
    for (const SourceEntry& s : c_.sources) entries.push_back(s.dataset);
    must_exist("sources", entries);
    mixture();
  }

  void mixture() {
    const auto weighted = [](const SourceEntry& s) { return s.weight.has_value(); };
    const auto& sources = c_.sources;
    const bool all = std::all_of(sources.begin(), sources.end(), weighted);
    const bool any = std::any_of(sources.begin(), sources.end(), weighted) || !c_.interleave_probs.empty();
    if (any && !all) problem("sources", "expected a weight in all of them or in none");
    if (any && !given("mix_strategy")) c_.mix_strategy = MixStrategy::InterleaveUnder;
    const bool concat = c_.mix_strategy == MixStrategy::Concat;
    if (any && concat)
      problem("mix_strategy", "concat takes whole sources; remove the weights, or write interleave_under");
    if (!concat && c_.disable_shuffling)
      problem("disable_shuffling",
              "sources would follow each other whole, and mix_strategy interleaves them; keep one");
    for (const SourceEntry& s : sources)
      if (!concat && s.epochs != 1)
        problem("sources", "epochs beside weights: an epoch is as long as the weights make it; keep one");
  }

  void evaluation() {
    const bool has_data = c_.val_size > 0 || !c_.eval_dataset.empty();
    if (c_.eval_steps && !given("eval_strategy")) c_.eval_strategy = Cadence::Steps;
    if (c_.eval_strategy != Cadence::Never && !has_data)
      problem(given("eval_strategy") ? "eval_strategy" : "eval_steps",
              "there is nothing to validate on; give eval_dataset or val_size, or remove the key");
    if (c_.eval_strategy == Cadence::Steps && !c_.eval_steps) c_.eval_steps = c_.logging_steps;
  }

  void batches() {
    if (c_.global_batch_size && *c_.global_batch_size % c_.per_device_train_batch_size != 0)
      problem("global_batch_size",
              fmt::format("expected a multiple of per_device_train_batch_size, {}, found {}",
                          c_.per_device_train_batch_size, *c_.global_batch_size));
  }

  struct Option {
    const char* name;
    bool is_set;
    std::vector<Schedule> used_by;
  };

  void schedule() {
    const ScheduleOptions& o = c_.lr_scheduler_kwargs;
    constexpr auto kWsd = Schedule::WarmupStableDecay;
    constexpr auto kMinLr = Schedule::CosineWithMinLr;
    const std::array<Option, 11> options = {{
        {"num_cycles", o.num_cycles.has_value(), {Schedule::Cosine, kMinLr, kWsd}},
        {"power", o.power.has_value(), {Schedule::Polynomial}},
        {"lr_end", o.lr_end.has_value(), {Schedule::Polynomial}},
        {"min_lr", o.min_lr.has_value(), {kMinLr}},
        {"min_lr_rate", o.min_lr_rate.has_value(), {kMinLr}},
        {"min_lr_ratio", o.min_lr_ratio.has_value(), {kWsd}},
        {"timescale", o.timescale.has_value(), {Schedule::InverseSqrt}},
        {"num_stable_steps", o.num_stable_steps.has_value(), {kWsd}},
        {"num_decay_steps", o.num_decay_steps.has_value(), {kWsd}},
        {"warmup_type", o.warmup_type.has_value(), {kWsd}},
        {"decay_type", o.decay_type.has_value(), {kWsd}},
    }};
    for (const Option& option : options) {
      bool used = false;
      for (Schedule s : option.used_by) used |= s == c_.lr_scheduler_type;
      if (option.is_set && !used)
        problem(std::string("lr_scheduler_kwargs.") + option.name,
                "lr_scheduler_type does not use it; remove it or change the type");
    }
    needs(o);
    // Beyond the start rate the decay would be a rise.
    at_most("lr_scheduler_kwargs.min_lr", o.min_lr, c_.learning_rate);
    at_most("lr_scheduler_kwargs.min_lr_rate", o.min_lr_rate, 1);
    at_most("lr_scheduler_kwargs.min_lr_ratio", o.min_lr_ratio, 1);
  }

  void needs(const ScheduleOptions& o) {
    if (c_.lr_scheduler_type == Schedule::CosineWithMinLr &&
        o.min_lr.has_value() == o.min_lr_rate.has_value())
      problem("lr_scheduler_type",
              fmt::format("cosine_with_min_lr needs one of lr_scheduler_kwargs.min_lr and "
                          "min_lr_rate, found {}",
                          o.min_lr ? "both" : "neither"));
    if (o.min_lr && c_.learning_rate == 0)
      problem("learning_rate",
              "expected more than 0 beside lr_scheduler_kwargs.min_lr, found 0; raise it, or write "
              "min_lr_rate");
    // A polynomial that ends where it starts is refused by transformers, too.
    const double end = o.lr_end.value_or(ScheduleOptions::kLrEnd);
    if (c_.lr_scheduler_type == Schedule::Polynomial && !(c_.learning_rate > end))
      problem(
          "learning_rate",
          fmt::format("expected more than lr_scheduler_kwargs.lr_end, {:g}, found {:g}; raise it or lower "
                      "lr_end",
                      end, c_.learning_rate));
    if (c_.lr_scheduler_type == Schedule::WarmupStableDecay && !o.num_decay_steps)
      problem("lr_scheduler_type", "warmup_stable_decay needs lr_scheduler_kwargs.num_decay_steps");
    if (c_.lr_scheduler_type == Schedule::Constant && c_.warmup_steps > 0)
      problem("warmup_steps",
              "lr_scheduler_type constant has no warm-up; write constant_with_warmup, or remove "
              "the key");
  }

  void sharding() {
    const Sharding& s = c_.sharding;
    const bool any = s.levels.parameters || s.levels.gradients || s.levels.optimizer;
    const bool all = s.levels.parameters && s.levels.gradients && s.levels.optimizer;
    if (any && !all)
      problem("sharding.levels.optimizer",
              "sharding.levels needs all of parameters, gradients and optimizer");
    if (any && given("sharding.strategy") && s.strategy != Strategy::Auto)
      problem("sharding.strategy", "contradicts sharding.levels; keep one of them");
    if (all && (*s.levels.parameters > *s.levels.gradients || *s.levels.gradients > *s.levels.optimizer))
      problem(
          "sharding.levels.optimizer",
          "expected gradients cut at least as far as parameters, and optimizer as gradients (replica, node, "
          "world); change the one that is cut less");
    if (s.inter_zero_stage && s.strategy != Strategy::Hierarchical)
      problem("sharding.inter_zero_stage",
              "sharding.strategy does not use it; remove it, or use hierarchical");
    if (s.reshard_after_forward && given("sharding.reshard_after_forward") &&
        (s.strategy == Strategy::ShardGradOp || s.strategy == Strategy::HybridShardZero2))
      problem("sharding.reshard_after_forward",
              "contradicts sharding.strategy, which keeps parameters gathered; remove one of them");
    if (s.gather_ring_slots && *s.gather_ring_slots <= s.prefetch)
      problem("sharding.gather_ring_slots", fmt::format("expected more than sharding.prefetch, {}, found {}",
                                                        s.prefetch, *s.gather_ring_slots));
    if (s.reduction == Reduction::Ordered && s.gradient_transfer != DType::F32)
      problem("sharding.gradient_transfer", "expected fp32 with reduction: ordered, found bf16: it rounds");
  }

  void at_most(const std::string& key, const std::optional<double>& value, double limit) {
    if (value && *value > limit)
      problem(key, fmt::format("expected at most {:g}, found {:g}", limit, *value));
  }

  RunConfig& c_;
  const Provenance& provenance_;
  std::vector<std::string>& problems_;
};

}  // namespace

void validate(RunConfig& config, const Provenance& provenance, std::vector<std::string>& problems) {
  Validator(config, provenance, problems).run();
}

std::vector<SourceEntry> sources_of(const RunConfig& config) {
  std::vector<SourceEntry> all = config.sources;
  for (size_t i = 0; all.size() < config.dataset.size(); ++i)
    all.push_back({.dataset = config.dataset[i],
                   .weight = i < config.interleave_probs.size() ? std::optional(config.interleave_probs[i])
                                                                : std::nullopt,
                   .epochs = 1,
                   .max_samples = {}});
  for (SourceEntry& s : all) {
    if (!s.max_samples) s.max_samples = config.max_samples;
    if (!s.weight && config.mix_strategy != MixStrategy::Concat) s.weight = 1;  // in turn
  }
  return all;
}

int64_t global_batch(const RunConfig& config, int ranks) {
  const int64_t per_rank =
      config.per_device_train_batch_size * config.gradient_accumulation_steps.value_or(1);
  if (!config.global_batch_size) return per_rank * ranks;
  if (config.gradient_accumulation_steps && per_rank * ranks != *config.global_batch_size)
    throw ConfigError("global_batch_size",
                      fmt::format("global_batch_size: expected {} (per_device_train_batch_size {} × "
                                  "gradient_accumulation_steps {} × {} ranks), found {}; remove "
                                  "gradient_accumulation_steps",
                                  per_rank * ranks, config.per_device_train_batch_size,
                                  *config.gradient_accumulation_steps, ranks, *config.global_batch_size));
  return *config.global_batch_size;
}

}  // namespace fullshard::config
