#pragma once

#include "fullshard/watch/watchdog.hpp"

namespace fullshard::train {

/// Before a run has anything to save: SIGINT, SIGTERM and SIGUSR1 end the process at once with
/// ExitCode::Requeue.
void leave_on_signals();

/// Once a run has its outcome: a signal reaches ranks at different times, one of them perhaps only now, and a
/// launcher ends the others when the first one has left. The outcome remains what each rank ends with.
void ignore_signals();

/// While it lives, a rank whose lease is over (watch/watchdog.hpp) and that a signal ends at once ends with
/// ExitCode::Communication: launchers wake a stopped rank in order to end it, and Requeue from it would have
/// the job submitted again that the others have just given up. One object at a time.
class SignalsUnderWatch {
 public:
  explicit SignalsUnderWatch(const watch::Watchdog& dog);
  ~SignalsUnderWatch();
  SignalsUnderWatch(const SignalsUnderWatch&) = delete;
  SignalsUnderWatch& operator=(const SignalsUnderWatch&) = delete;
};

/// From construction to destruction the first SIGINT, SIGTERM or SIGUSR1 asks for a stop at the end of the
/// step; the second ends the process at once. Afterwards they are ignored. One object at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Whether this rank was asked to stop. Ranks must agree before they act.
  bool requested() const;
};

}  // namespace fullshard::train
