#include "config/run_keys.hpp"

#include <array>
#include <utility>

#include "config/key_table.hpp"
#include "config/run_data_codecs.hpp"
#include "config/run_data_keys.hpp"
#include "fullshard/config/schedule_names.hpp"

namespace fullshard::config {
namespace {

constexpr int64_t kMostSteps = int64_t{1} << 40;
constexpr int64_t kMostRows = int64_t{1} << 20;  // so that their products fit 64 bits
constexpr double kMostEpochs = 1e6;              // whose rows, counted, fit, too

Codec<double> not_negative() {
  return number("a number from 0", [](double x) { return x >= 0; });
}
Codec<double> positive() {
  return number("a number above 0", [](double x) { return x > 0; });
}
Codec<double> beta() {
  return number("a number from 0 to below 1", [](double x) { return x >= 0 && x < 1; });
}
void model_keys(KeyTable& t) {
  t.section("Model");
  t.key(
      "model_name_or_path", &RunConfig::model_name_or_path, file_path(),
      "Required. Directory of a Hugging Face model: config.json, safetensors, tokenizer. A name on a hub is "
      "not looked up: a run needs no network.");
  t.key("init", &RunConfig::init, choice<Init>({{"pretrained", Init::Pretrained}, {"random", Init::Random}}),
        "Whether weights are read, or drawn from `seed` for the model that config.json describes.");
}

void batch_keys(KeyTable& t) {
  t.section("Batches");
  t.key("per_device_train_batch_size", &RunConfig::per_device_train_batch_size, whole(1, kMostRows),
        "Rows of a micro-batch, i.e. of one forward and backward of one rank.");
  t.key("per_device_eval_batch_size", &RunConfig::per_device_eval_batch_size, whole(1, kMostRows),
        "Rows of a micro-batch of validation.");
  t.key("gradient_accumulation_steps", &RunConfig::gradient_accumulation_steps, maybe(whole(1, kMostRows)),
        "Micro-batches per rank and update; 1 if neither it nor `global_batch_size` is given.");
  t.key("global_batch_size", &RunConfig::global_batch_size, maybe(whole(1, kMostRows * kMostRows)),
        "Rows of an update over all ranks, a multiple of `per_device_train_batch_size`. Absent: "
        "`per_device_train_batch_size` × `gradient_accumulation_steps` × ranks of the first start.");
}

template <class T, size_t N>
std::vector<Choice<T>> choices_of(const std::array<std::pair<std::string_view, T>, N>& names) {
  std::vector<Choice<T>> choices;
  for (const auto& [name, value] : names) choices.push_back({std::string(name), value});
  return choices;
}

Codec<Curve> curve() {
  return choice<Curve>(choices_of(kCurveNames));
}

void schedule_keys(KeyTable& t) {
  t.key("lr_scheduler_type", &RunConfig::lr_scheduler_type,
        choice<Schedule>(choices_of(kScheduleNames), {"cosine_with_restarts", "cosine_warmup_with_min_lr",
                                                      "reduce_lr_on_plateau", "greedy"}),
        "Course of the learning rate, with the values of transformers' get_scheduler.");
  const auto option = [&](const char* name, auto ScheduleOptions::*at, auto codec, const char* doc) {
    t.key(
        std::string("lr_scheduler_kwargs.") + name,
        [at](RunConfig & c) -> auto& { return c.lr_scheduler_kwargs.*at; }, maybe(std::move(codec)), doc);
  };
  option("num_cycles", &ScheduleOptions::num_cycles, not_negative(),
         "`cosine`, `cosine_with_min_lr`, `warmup_stable_decay`: waves of the cosine; absent: 0.5.");
  option("power", &ScheduleOptions::power, positive(), "`polynomial`: the exponent; absent: 1.");
  option("lr_end", &ScheduleOptions::lr_end, not_negative(), "`polynomial`: the last rate; absent: 1e-7.");
  option("min_lr", &ScheduleOptions::min_lr, not_negative(), "`cosine_with_min_lr`: the least rate.");
  option("min_lr_rate", &ScheduleOptions::min_lr_rate, not_negative(),
         "`cosine_with_min_lr`: the least rate as a share of `learning_rate`.");
  option("min_lr_ratio", &ScheduleOptions::min_lr_ratio, not_negative(),
         "`warmup_stable_decay`: the least rate as a share of `learning_rate`; absent: 0.");
  option("timescale", &ScheduleOptions::timescale, whole(1, kMostSteps),
         "`inverse_sqrt`: steps; absent: the warm-up, or 10000 without one.");
  option("num_stable_steps", &ScheduleOptions::num_stable_steps, whole(0, kMostSteps),
         "`warmup_stable_decay`: steps at the full rate; absent: what the others leave.");
  option("num_decay_steps", &ScheduleOptions::num_decay_steps, whole(0, kMostSteps),
         "`warmup_stable_decay`: steps of the decay; that schedule needs it.");
  option("warmup_type", &ScheduleOptions::warmup_type, curve(),
         "`warmup_stable_decay`: shape of the warm-up; absent: linear.");
  option("decay_type", &ScheduleOptions::decay_type, curve(),
         "`warmup_stable_decay`: shape of the decay; absent: cosine.");
  t.key("warmup_steps", &RunConfig::warmup_steps, share_or_count(),
        "Updates over which the rate rises from 0; below 1 a share of all updates, rounded up.");
}

void optimizer_keys(KeyTable& t) {
  t.section("Optimisation");
  t.key("num_train_epochs", &RunConfig::num_train_epochs,
        number(fmt::format("a number from 0 to {:.0f}", kMostEpochs),
               [](double x) { return x >= 0 && x <= kMostEpochs; }),
        "Passes over the data; 0 exports the model as it is.");
  t.key("max_steps", &RunConfig::max_steps, maybe(whole(1, kMostSteps)),
        "Updates in all; overrides `num_train_epochs`. -1 in a file means absent.");
  t.key("learning_rate", &RunConfig::learning_rate, not_negative(), "Highest learning rate of the schedule.");
  schedule_keys(t);
  t.key("weight_decay", &RunConfig::weight_decay, not_negative(),
        "Decoupled decay of every matrix, embeddings included; biases and norms are left alone.");
  t.key("adam_beta1", &RunConfig::adam_beta1, beta(), "AdamW: decay of the first moment.");
  t.key("adam_beta2", &RunConfig::adam_beta2, beta(), "AdamW: decay of the second moment.");
  t.key("adam_epsilon", &RunConfig::adam_epsilon, positive(),
        "AdamW: added to the root of the second moment.");
  t.key("max_grad_norm", &RunConfig::max_grad_norm, not_negative(),
        "Gradients are scaled down to this norm over all parameters; 0 turns it off.");
}

Codec<std::optional<ShardLevel>> shard_level() {
  return maybe(choice<ShardLevel>(
      {{"replica", ShardLevel::Replica}, {"node", ShardLevel::Node}, {"world", ShardLevel::World}}));
}

void sharding_keys(KeyTable& t) {
  const auto sharding = [&](const char* name, auto Sharding::*at, auto codec, const char* doc) {
    t.key(
        std::string("sharding.") + name, [at](RunConfig & c) -> auto& { return c.sharding.*at; },
        std::move(codec), doc);
  };
  const auto level = [&](const char* name, std::optional<ShardLevel> ShardLevels::*at, const char* doc) {
    t.key(
        std::string("sharding.levels.") + name,
        [at](RunConfig & c) -> auto& { return c.sharding.levels.*at; }, shard_level(), doc);
  };
  sharding("strategy", &Sharding::strategy,
           choice_or_number<Strategy>({{"auto", Strategy::Auto},
                                       {"ddp", Strategy::Ddp},
                                       {"zero1", Strategy::Zero1},
                                       {"zero2", Strategy::Zero2},
                                       {"zero3", Strategy::Zero3},
                                       {"hybrid", Strategy::Hybrid},
                                       {"hierarchical", Strategy::Hierarchical},
                                       {"zero0", Strategy::Ddp},
                                       {"NO_SHARD", Strategy::Ddp},
                                       {"FULL_SHARD", Strategy::Zero3},
                                       {"SHARD_GRAD_OP", Strategy::ShardGradOp},
                                       {"HYBRID_SHARD", Strategy::Hybrid},
                                       {"_HYBRID_SHARD_ZERO2", Strategy::HybridShardZero2}},
                                      {"zero0", "zero1", "zero2", "zero3"}),
           "What is cut into slices, and over which ranks: docs/sharding.md. `auto` chooses by topology and "
           "memory and says why. FSDP's names are understood, and DeepSpeed's stages as numbers.");
  level("parameters", &ShardLevels::parameters,
        "In place of `sharding.strategy`: how far parameters are cut; give all three.");
  level("gradients", &ShardLevels::gradients,
        "How far gradients are cut between micro-steps, at least as far as parameters.");
  level("optimizer", &ShardLevels::optimizer,
        "How far master weights and moments are cut, at least as far as gradients.");
  sharding("inter_zero_stage", &Sharding::inter_zero_stage, maybe(whole(0, 3)),
           "`hierarchical`: what is cut between nodes besides inside them: 0 nothing, 1 optimizer state, 2 "
           "gradients too, 3 parameters too; absent: 1.");
  t.key(
      "sharding.mesh.nodes", [](RunConfig & c) -> auto& { return c.sharding.mesh_nodes; },
      maybe(whole(1, kMostRows)),
      "Nodes of the mesh; more than there are machines makes equal parts of them nodes. Absent: the "
      "machines, or where they have unlike numbers of ranks, equal parts.");
  sharding("reduction", &Sharding::reduction,
           choice<Reduction>({{"fast", Reduction::Fast}, {"ordered", Reduction::Ordered}}),
           "`ordered` gives the same bits on 1, 2, 4, 8, … ranks, any mesh and strategy; it costs memory and "
           "time (docs/numerics.md).");
  sharding("reshard_after_forward", &Sharding::reshard_after_forward, flag(),
           "Whether gathered units are given back after their forward. `false` takes memory for all of them "
           "and gathers once an update.");
  sharding("persistence_threshold", &Sharding::persistence_threshold, whole(0, int64_t{1} << 40),
           "Units of up to so many parameters stay whole on every rank. Norm weights and biases always do.");
  sharding("prefetch", &Sharding::prefetch, whole(1, 8),
           "Units that are gathered ahead of the one that computes.");
  sharding("gather_ring_slots", &Sharding::gather_ring_slots, maybe(whole(2, 64)),
           "Full-size unit buffers per rank: one computes, the others hold what comes next or was kept for "
           "backward; absent: `sharding.prefetch` + 1.");
  sharding("bucket_size", &Sharding::bucket_size, size_text(),
           "Transfers between nodes are cut into pieces of this size.");
  sharding("gradient_transfer", &Sharding::gradient_transfer,
           choice<DType>({{"fp32", DType::F32}, {"bf16", DType::BF16}}),
           "Type in which fp32 gradients travel between nodes; they are added in fp32.");
}

void engine_keys(KeyTable& t) {
  t.section("Precision, memory, sharding");
  t.key("precision", &RunConfig::precision,
        choice<Precision>({{"bf16", Precision::Bf16}, {"fp32", Precision::Fp32}, {"fp64", Precision::Fp64}},
                          {"fp16"}),
        "Type of weights and activations in forward and backward. With `bf16`, master weights, moments and "
        "gradient sums are fp32; `fp64` is for proofs.");
  t.key("recompute", &RunConfig::recompute,
        choice<Recompute>({{"none", Recompute::None}, {"full", Recompute::Full}}, {"selective"}),
        "`full` keeps the input of each block only and computes the rest again in backward.");
  sharding_keys(t);
  t.key("use_cpu", &RunConfig::use_cpu, flag(),
        "Trains on the host though there are GPUs. Without GPUs that is what happens anyway.");
  t.key(
      "watchdog_seconds", &RunConfig::watchdog_seconds,
      number("0 or a number from 0.5 to 86400", [](double x) { return x == 0 || (x >= 0.5 && x <= 86400); }),
      "On several ranks: a rank that is stopped, cut off or stuck for so long is named in `watchdog.log` of "
      "`output_dir`, and all ranks end with 5. Without progress a step may take ten median steps if that is "
      "longer, an evaluation ten times this, start-up, loading, saving and export thirty times. 0 turns it "
      "off.");
  t.key("seed", &RunConfig::seed, whole<uint64_t>(0),
        "Seed of random weights and, without `data_seed`, of order.");
  t.key("data_seed", &RunConfig::data_seed, maybe(whole<uint64_t>(0)), "Seed of the order of the data.");
}

Codec<Cadence> cadence() {
  return choice<Cadence>({{"no", Cadence::Never}, {"steps", Cadence::Steps}, {"epoch", Cadence::Epoch}},
                         {"best"});
}

void output_keys(KeyTable& t) {
  t.section("Output");
  t.key("output_dir", &RunConfig::output_dir, file_path(),
        "Required. Receives checkpoints, logs, the report, and the trained model.");
  t.key("overwrite_output_dir", &RunConfig::overwrite_output_dir, flag(),
        "Discards what another run left in `output_dir`. An unfinished run of the same model, data, seed and "
        "batch is continued all the same.");
  t.key("resume_from_checkpoint", &RunConfig::resume_from_checkpoint, maybe(file_path()),
        "Checkpoint to continue from. Absent or true: the newest valid one of `output_dir`, if any.");
  t.key("logging_steps", &RunConfig::logging_steps, whole(1, kMostSteps), "Updates between two logged ones.");
  t.key("eval_strategy", &RunConfig::eval_strategy, cadence(),
        "When the validation loss is taken besides the end; given `eval_steps`, `steps` is meant.");
  t.key("eval_steps", &RunConfig::eval_steps, maybe(whole(1, kMostSteps)),
        "Updates between two validations; absent: `logging_steps`.");
  t.key(
      "save_strategy", &RunConfig::save_strategy, cadence(),
      "When a checkpoint is written. With \"no\" a stopped run still has one and a finished run has none: it "
      "cannot be continued with more steps.");
  t.key("save_steps", &RunConfig::save_steps, whole(1, kMostSteps), "Updates between two checkpoints.");
  t.key("save_total_limit", &RunConfig::save_total_limit, maybe(whole(1, kMostRows)),
        "Newest checkpoints that are kept; the best one is kept besides. Absent: all.");
  t.key(
      "export.dtype", [](RunConfig & c) -> auto& { return c.model_export.dtype; },
      maybe(choice<DType>({{"float32", DType::F32}, {"bfloat16", DType::BF16}, {"float16", DType::F16}})),
      "Type of the exported weights; absent: that of the source model.");
  t.key(
      "export.max_shard_size", [](RunConfig& c) -> Bytes& { return c.model_export.max_shard_size; },
      size_text(), "Largest safetensors file; a larger model is split and gets an index.");
}

}  // namespace

std::vector<Key> run_keys() {
  KeyTable t;
  model_keys(t);
  add_data_keys(t);
  batch_keys(t);
  optimizer_keys(t);
  engine_keys(t);
  output_keys(t);
  return t.take();
}

}  // namespace fullshard::config
