#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "fullshard/data/batch_reader.hpp"

namespace fullshard::data {

/// One rank's share of a step.
struct StepBatches {
  std::vector<MicroBatch> micro_batches;  ///< of every micro-step
  Books books;                            ///< of these
};

/// A thread that reads the shares of the next steps while this one is computed, and plans the next epoch
/// while this one is trained.
class BatchFeed {
 public:
  struct Options {
    std::vector<const SampleSource*> sources;
    std::function<EpochPlan(int64_t epoch)> plan;
    /// Of a step with so many micro-batches, which this rank computes, one for every micro-step; a number
    /// that is not below means none. Both functions are called by the thread.
    std::function<std::vector<int64_t>(int64_t micro_batches)> share;
    int64_t epoch = 0, step = 0;  ///< where to begin: `step` of `epoch`
    int64_t steps = 0;            ///< how many there are from there on
  };
  /// Whatever the options refer to must outlive it.
  explicit BatchFeed(Options options);
  /// Does not wait for what was not taken.
  ~BatchFeed();
  BatchFeed(const BatchFeed&) = delete;
  BatchFeed& operator=(const BatchFeed&) = delete;

  /// Waits until take() has something to give. Returns the reason if that will never be: a fault of the data.
  std::exception_ptr wait();
  /// The next step's. After wait() without a reason it does not wait, and does not throw.
  StepBatches take();
  /// How long wait() and take() have waited so far.
  double seconds_waited() const { return seconds_waited_; }

 private:
  void run();
  void feed();
  StepBatches read(const EpochPlan& epoch, int64_t step);
  bool put(StepBatches batches);

  Options options_;
  BatchReader reader_;
  double seconds_waited_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StepBatches> ready_;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when all above exists
};

}  // namespace fullshard::data
