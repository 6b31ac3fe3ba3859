#pragma once

#include <exception>
#include <optional>
#include <string>

#include "fullshard/checkpoint/output_lock.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/data/batch_feed.hpp"
#include "fullshard/data/run_plan.hpp"
#include "fullshard/optim/lr_schedule.hpp"
#include "fullshard/report/console.hpp"
#include "fullshard/train/bookkeeper.hpp"
#include "fullshard/train/engine.hpp"
#include "fullshard/train/evaluator.hpp"
#include "fullshard/train/inputs.hpp"
#include "fullshard/train/output_directory.hpp"
#include "fullshard/train/proof.hpp"
#include "fullshard/train/recorder.hpp"
#include "fullshard/train/stop_signals.hpp"
#include "fullshard/train/trace.hpp"
#include "fullshard/train/watched_run.hpp"

namespace fullshard::train {

/// What the trainer is told by whoever started it; nothing here reads the environment.
struct Surroundings {
  std::string program_version;
  checkpoint::LockRequest lock;
  report::Console& console;  ///< rank 0 writes to it
  WatchedRun& watch;         ///< its world() is the trainer's
  bool prove = false;        ///< the layout, before the first step
  bool trace = false;        ///< of a few steps into trace.json of the output directory
};

/// What an update did.
struct StepOutcome {
  double loss;       ///< mean over the trained tokens of the global batch
  double grad_norm;  ///< before clipping
  double learning_rate;
  int64_t samples, trained_tokens, tokens;  ///< of all ranks
};

class Trainer {
 public:
  /// Reads, checks and loads everything up to the first step. Collective over `world`; all references must
  /// outlive it.
  Trainer(const config::RunConfig& run, const mpi::Communicator& world, const Surroundings& surroundings);

  /// Trains to the end, or to a signal. Done, or Requeue with a checkpoint written. Collective.
  ExitCode run();

 private:
  report::Transfer load_weights();
  report::RunHeader header() const;
  std::string export_note() const;  // empty where the export loses nothing that was computed
  void start_feed();
  StepOutcome step_once();
  void begin_trace();
  void end_trace();
  void check_order();
  void close_books();
  void after_step(const StepOutcome& outcome);
  void evaluate_now();
  void save();
  void try_to_save();
  void touch_lock();
  void export_model();
  bool due(config::Cadence cadence, std::optional<int64_t> every) const;
  bool agreed_stop();
  report::StepRecord record(const StepOutcome& outcome) const;
  std::vector<std::string> books_text(int64_t epoch, const data::Books& books) const;
  report::RunSummary summary(std::string outcome);
  std::optional<report::Communication> communication();
  std::optional<report::DataWait> data_wait();
  std::vector<std::string> communication_header() const;
  double elapsed() const { return progress_.elapsed_seconds + clock_.seconds(); }
  double remaining() const;
  double epoch() const { return plan_.epochs_of_steps(progress_.step); }
  int64_t step() const { return progress_.step; }
  WatchedRun& watched() const { return surroundings_.watch; }

  const config::RunConfig& run_;
  const mpi::Communicator& world_;
  const Surroundings& surroundings_;
  Inputs inputs_;
  mutable data::RunPlan plan_;  // counts epochs when they are asked for
  OutputDirectory output_;
  Progress progress_;
  Bookkeeper books_;
  int64_t total_steps_ = 0, first_step_ = 0;
  std::optional<Proof> proof_;
  Engine engine_;
  std::optional<optim::LrSchedule> schedule_;
  std::optional<Recorder> recorder_;  // rank 0
  StopSignals stop_;
  std::optional<Trace> trace_;
  std::optional<data::BatchFeed> feed_;
  double waited_at_start_ = 0;
  std::exception_ptr failure_;  // of this rank between two steps
  Stopwatch clock_;

  // Since the last logged step.
  Stopwatch since_log_;
  double loss_since_log_ = 0;
  int64_t steps_since_log_ = 0, tokens_since_log_ = 0;
  int64_t tokens_this_session_ = 0;
  int64_t saved_step_ = -1;
  std::optional<Digest> checkpoint_digest_;  // of the last one
  std::optional<Digest> model_digest_;       // rank 0
  std::optional<report::EvalRecord> last_eval_, best_eval_;
};

}  // namespace fullshard::train
