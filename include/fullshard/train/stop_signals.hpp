#pragma once

namespace fullshard::train {

/// From construction to destruction the first SIGINT, SIGTERM or SIGUSR1 asks for a stop at the end of the
/// step; the second ends the process at once. One object at a time.
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
