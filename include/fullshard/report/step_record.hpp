#pragma once
// What a run says about itself, as plain values: every output (log file, TensorBoard, HTML, console) is a
// function of these. Quantities that may be unknown are optional; the rest is always filled.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/core/hash.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::report {

/// One logged step. `step` counts from 1; a value that a log file lacks reads as NaN.
struct StepRecord {
  int64_t step = 0;
  int64_t total_steps = 0;
  double epoch = 0;
  double loss = 0;               ///< mean over the trained tokens of the steps since the last record
  double lr = 0;                 ///< the rate of this step's update
  double grad_norm = 0;          ///< before clipping
  double tokens_per_second = 0;  ///< since the last record, all ranks
  std::optional<double> mfu;     ///< share of the hardware's peak, 0..1
  Bytes peak_host_memory;        ///< largest over the ranks
  Bytes device_memory;           ///< taken of a GPU's, largest over the ranks; 0 on the host
  double elapsed_seconds = 0;    ///< of the whole run, earlier sessions included
  double remaining_seconds = 0;
  int64_t trained_tokens = 0;  ///< since step 1, earlier sessions included
};

/// One evaluation, after the update of `step`.
struct EvalRecord {
  int64_t step = 0;
  int64_t total_steps = 0;
  double epoch = 0;
  double eval_loss = 0;
  int64_t eval_tokens = 0;
  double elapsed_seconds = 0;
  double remaining_seconds = 0;
};

/// Everything logged so far, in order of steps.
struct RunHistory {
  std::vector<StepRecord> steps;
  std::vector<EvalRecord> evals;
};

struct NamedBytes {
  std::string name;
  Bytes size;
};
struct NamedText {
  std::string name;
  std::string text;
};

/// What is known before the first step.
struct RunHeader {
  std::string program_version;
  std::string model_name;
  std::string family;
  int64_t parameters = 0;
  std::string precision;                   ///< "bf16, fp32 master"
  std::string strategy;                    ///< "zero3"
  std::string mesh;                        ///< "2×4"
  std::string device;                      ///< "NVIDIA H200"; empty: the host
  std::vector<std::string> communication;  ///< of which groups over what, and what a step sends
  int ranks = 1;
  int threads_per_rank = 1;
  std::vector<NamedBytes> memory_per_rank;  ///< by part; the total is their sum
  std::vector<std::string> data;            ///< the ledger: what was read, cut, dropped, one sentence each
  int64_t total_steps = 0;
  double epochs = 0;
  std::string batch;     ///< "16 = 2 ranks x 4 x 2 accumulated"
  std::string schedule;  ///< "cosine, peak 2e-5, 100 warmup steps"
  std::filesystem::path output_dir;
  std::optional<int64_t> resumed_from_step;
  std::vector<NamedText> configuration;  ///< every key of the resolved run file
};

/// Tensors that went between memory and files.
struct Transfer {
  std::string what;    ///< "saved out/checkpoint-50"
  Bytes size;          ///< of the tensors, each counted once whatever the number of ranks
  double seconds = 0;  ///< until the slowest rank had finished: proved, durable
};

/// Time of the slowest rank in collectives, and what of it the computation had to wait for.
struct Communication {
  double seconds = 0;
  double exposed_seconds = 0;
  Bytes sent_between_nodes;  ///< by the first node's ranks in a step, the mean
};

/// How long the slowest rank waited for data between the first step and now, and how long that is.
struct DataWait {
  double seconds = 0;
  double of_seconds = 0;
  double share() const { return of_seconds > 0 ? seconds / of_seconds : 0; }
};

/// What is known at the end.
struct RunSummary {
  std::string outcome;  ///< "finished", or why not and what continues it
  int64_t steps = 0;
  double epochs = 0;
  double train_loss = 0;  ///< mean over all steps, as transformers reports it
  double runtime_seconds = 0;
  int64_t samples = 0;
  int64_t trained_tokens = 0;
  double tokens_per_second = 0;
  std::optional<double> mfu;
  Bytes peak_host_memory;
  std::optional<Communication> communication;  ///< of several ranks
  std::optional<DataWait> data_wait;           ///< if there were steps
  std::optional<EvalRecord> last_eval;
  std::optional<EvalRecord> best_eval;
  std::filesystem::path model_dir;          ///< empty if nothing was exported
  std::optional<Digest> checkpoint_digest;  ///< of the last checkpoint's tensors
  std::optional<Digest> model_digest;       ///< of the exported tensors
};

}  // namespace fullshard::report
