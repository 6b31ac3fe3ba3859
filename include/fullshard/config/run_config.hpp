#pragma once
// The run file, typed and checked. docs/config.md describes every key; the table in src/config/run_keys.cpp
// is the one place that it, the reader, the defaults and --print-config come from.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fullshard/core/dtype.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::config {

enum class Init { Pretrained, Random };
enum class Stage { Pretrain, Finetune };  ///< "pt" and "sft"
enum class Precision { Fp32, Bf16, Fp64 };
enum class Recompute { None, Full };
/// The last two are FSDP's names for zero3 and hybrid whose parameters stay gathered.
enum class Strategy { Auto, Ddp, Zero1, Zero2, Zero3, Hybrid, Hierarchical, ShardGradOp, HybridShardZero2 };
/// How far something is sharded: not, over the ranks of a node, over all ranks.
enum class ShardLevel { Replica, Node, World };
/// Ordered: sums whose bits no layout changes.
enum class Reduction { Fast, Ordered };
enum class MixStrategy { Concat, InterleaveUnder, InterleaveOver };
enum class TooLong { Truncate, Drop, Error };
enum class BadSamples { Error, Drop };
/// When something happens that is repeated during training.
enum class Cadence { Never, Steps, Epoch };
enum class Schedule {
  Linear,
  Cosine,
  CosineWithMinLr,
  Constant,
  ConstantWithWarmup,
  WarmupStableDecay,
  Polynomial,
  InverseSqrt
};
enum class Curve { Linear, Cosine, OneMinusSqrt };  ///< shapes of warmup_stable_decay

/// `lr_scheduler_kwargs`: the arguments of transformers' schedule functions, absent where not given.
struct ScheduleOptions {
  static constexpr double kLrEnd = 1e-7;  ///< where a polynomial ends without `lr_end`

  std::optional<double> num_cycles;
  std::optional<double> power;
  std::optional<double> lr_end;
  std::optional<double> min_lr;
  std::optional<double> min_lr_rate;
  std::optional<double> min_lr_ratio;
  std::optional<int64_t> timescale;
  std::optional<int64_t> num_stable_steps;
  std::optional<int64_t> num_decay_steps;
  std::optional<Curve> warmup_type;
  std::optional<Curve> decay_type;
};

/// Names of the fields of a data row that are read.
struct Columns {
  std::string prompt = "prompt";
  std::string response = "response";
  std::string text = "text";
};

/// What `dataset_dir` holds, by name.
constexpr const char* kRegistryFile = "dataset_info.json";

/// An entry of `dataset` as it was written, and as a path.
struct DatasetEntry {
  std::string name;
  std::filesystem::path path;  ///< once loaded: empty where the registry comes before a file of that name
};

/// A member of `sources`.
struct SourceEntry {
  DatasetEntry dataset;
  std::optional<double> weight;  ///< share of an epoch; absent: the whole source
  double epochs = 1;             ///< passes over the source in an epoch
  std::optional<int64_t> max_samples;
};

/// `sharding.levels`: all three or none.
struct ShardLevels {
  std::optional<ShardLevel> parameters, gradients, optimizer;
};

struct Sharding {
  Strategy strategy = Strategy::Auto;
  ShardLevels levels;                       ///< in place of a strategy
  std::optional<int64_t> inter_zero_stage;  ///< of Hierarchical; absent: 1
  std::optional<int64_t> mesh_nodes;        ///< absent: the machines, or equal parts of them
  Reduction reduction = Reduction::Fast;
  bool reshard_after_forward = true;         ///< false: gathered units stay until the weights change
  int64_t persistence_threshold = 0;         ///< units of up to so many parameters stay whole
  int64_t prefetch = 1;                      ///< units gathered ahead of the one that computes
  std::optional<int64_t> gather_ring_slots;  ///< full-size unit buffers; absent: prefetch + 1
  Bytes bucket_size = {4'000'000};           ///< transfers between nodes are cut into pieces of this size
  DType gradient_transfer = DType::F32;      ///< in which fp32 gradients travel between nodes
};

struct Export {
  std::optional<DType> dtype;  ///< absent: that of the source model
  Bytes max_shard_size = {5'000'000'000};
};

/// The key `chat_template`: Jinja where the value has a brace, else a file.
struct GivenTemplate {
  std::string text;            ///< empty where there is a file
  std::filesystem::path file;  ///< empty where there is a text

  bool operator==(const GivenTemplate&) const = default;
};

/// One sentence on every field: docs/config.md. Paths are absolute once loaded.
struct RunConfig {
  std::filesystem::path model_name_or_path;
  Init init = Init::Pretrained;

  Stage stage = Stage::Finetune;
  std::vector<DatasetEntry> dataset;
  std::optional<std::filesystem::path> dataset_dir;
  std::vector<SourceEntry> sources;  ///< in place of dataset; see sources_of
  MixStrategy mix_strategy = MixStrategy::Concat;
  std::vector<double> interleave_probs;
  std::optional<int64_t> max_samples;
  Columns columns;
  std::vector<DatasetEntry> eval_dataset;
  double val_size = 0;  ///< below 1 a share of the samples, else a number of samples

  std::optional<std::string> chat_template_name;  ///< the key `template`
  std::optional<GivenTemplate> chat_template;
  std::string chat_template_kwargs = "{}";  ///< JSON
  bool train_on_prompt = false;
  bool mask_history = false;
  std::vector<std::string> roles_to_train = {"assistant"};

  int64_t cutoff_len = 2048;
  TooLong too_long = TooLong::Truncate;
  BadSamples bad_samples = BadSamples::Error;
  std::optional<bool> packing;       ///< set once loaded: true for Stage::Pretrain
  std::optional<bool> neat_packing;  ///< set once loaded: that of packing for Stage::Finetune
  bool disable_shuffling = false;
  std::filesystem::path tokenized_path;  ///< set once loaded: `tokenized` beside the run file
  std::optional<int64_t> preprocessing_num_workers;

  int64_t per_device_train_batch_size = 8;
  int64_t per_device_eval_batch_size = 8;
  std::optional<int64_t> gradient_accumulation_steps;  ///< absent: 1, or what global_batch_size implies
  std::optional<int64_t> global_batch_size;            ///< rows; see global_batch()

  double num_train_epochs = 3;
  std::optional<int64_t> max_steps;  ///< optimizer updates; overrides num_train_epochs
  double learning_rate = 5e-5;
  Schedule lr_scheduler_type = Schedule::Linear;
  ScheduleOptions lr_scheduler_kwargs;
  double warmup_steps = 0;  ///< below 1 a share of all steps, rounded up
  double weight_decay = 0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double max_grad_norm = 1;  ///< 0: no clipping

  Precision precision = Precision::Bf16;
  Recompute recompute = Recompute::None;
  Sharding sharding;
  bool use_cpu = false;
  double watchdog_seconds = 60;  ///< 0: no watchdog
  uint64_t seed = 42;
  std::optional<uint64_t> data_seed;  ///< absent: seed

  std::filesystem::path output_dir;
  bool overwrite_output_dir = false;
  std::optional<std::filesystem::path> resume_from_checkpoint;  ///< absent: the newest valid one
  int64_t logging_steps = 10;
  Cadence eval_strategy = Cadence::Never;
  std::optional<int64_t> eval_steps;  ///< set once loaded where eval_strategy is Steps
  Cadence save_strategy = Cadence::Steps;
  int64_t save_steps = 500;
  std::optional<int64_t> save_total_limit;
  Export model_export;  ///< the key `export`
};

/// Where a value comes from: "default", "line 3", "line 3 (bf16)" for an alias, "override". By dotted key.
using Provenance = std::map<std::string, std::string>;

struct LoadedRun {
  RunConfig config;
  Provenance provenance;
};

/// Reads the run file and the `key=value` overrides of the command line, whose keys are dotted and whose
/// values are JSON or else plain strings. Paths are relative to the run file, in overrides to the working
/// directory. Throws ConfigError with all problems, one per line: "key (line 3): expected, found, remedy".
LoadedRun load_run_config(const std::filesystem::path& path, const std::vector<std::string>& overrides);

/// The whole configuration as JSON with every key, as checkpoints store it.
std::string resolved_json(const RunConfig& config);

/// Every dotted key with its value as JSON, in the order of docs/config.md.
std::vector<std::pair<std::string, std::string>> resolved_values(const RunConfig& config);

/// The whole configuration as a run file with the source of each value as a comment.
std::string annotated_json(const LoadedRun& run);

/// The text of docs/config.md.
std::string config_markdown();

/// What is trained on: `sources`, or an entry for each of `dataset`, with max_samples and weights filled in.
/// All have a weight, or none.
std::vector<SourceEntry> sources_of(const RunConfig& config);

/// Rows of one optimizer update on `ranks` ranks. Throws ConfigError where global_batch_size and
/// gradient_accumulation_steps are both given and contradict.
int64_t global_batch(const RunConfig& config, int ranks);

}  // namespace fullshard::config
