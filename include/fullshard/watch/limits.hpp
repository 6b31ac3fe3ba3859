#pragma once
// How long is too long. Two questions, two answers: a rank that says nothing is stopped or cut off, whatever
// it was doing, because heartbeats come from a thread of their own; a rank that says it is alive but goes on
// nowhere is stuck, and how long that may take depends on its phase.

#include <array>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/watch/boot_clock.hpp"

namespace fullshard::watch {

struct Limits {
  /// What the user sets: the time after which a silent rank has been named and everyone is gone.
  Duration base;
  /// Zero until it is known.
  Duration median_step{};

  /// How long a phase may be without progress until everyone is gone. Steps: `base` or ten median steps;
  /// evaluation: ten times `base`; start-up, load, save and export, which may work on one large file for
  /// long: thirty times `base`.
  Duration progress(Phase phase) const;

  /// When that is judged: what is known of a rank is a heartbeat old, and looked at once per heartbeat.
  Duration stalled(Phase phase) const { return progress(phase) - heartbeat() * 5 / 2; }

  // Parts of `base`, in the order of events. Heartbeats leave room for a link that is down for a while; the
  // judge speaks early enough that all are gone when `base` is over; those who miss rank 0 itself speak after
  // it had its chance to name them.
  Duration heartbeat() const;                      ///< a tenth, at most 1 s
  Duration reconnect() const { return base / 4; }  ///< a connection without an answer is made anew
  Duration lease() const {
    return base / 2;
  }  ///< who was stopped, or not answered, for so long may not write
  /// Who slept for so long, stopped or without a core, ends before it looks at anything else: it has been
  /// missed, or is about to be.
  Duration oversleep() const { return base / 4 * 3; }
  Duration silent() const { return base / 100 * 80; }        ///< judged by rank 0
  Duration silent_judge() const { return base / 100 * 90; }  ///< rank 0, judged by the others
};

/// The median of what the last steps took.
class StepPace {
 public:
  void took(double seconds);
  Duration median() const;

 private:
  static constexpr size_t kSteps = 31;  // so that a few slow ones do not decide
  std::array<double, kSteps> steps_{};
  size_t count_ = 0;
};

}  // namespace fullshard::watch
