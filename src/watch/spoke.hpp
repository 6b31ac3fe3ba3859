#pragma once

#include "watch/channel.hpp"
#include "watch/invitation.hpp"

namespace fullshard::watch {

/// Another rank's end of the star: one connection to rank 0, made anew as often as it breaks.
class Spoke {
 public:
  /// `wake` becomes readable when wait() shall return.
  Spoke(Invitation invitation, const Limits& limits, int num_ranks, int wake, TimePoint now);

  void wait(Duration timeout);
  /// Takes what wait() found.
  void handle(TimePoint now);
  /// A new connection has not been used yet.
  bool wants_beat() const { return state_ == State::Connected && !greeted_; }
  /// Sends `message` if there is a connection, and otherwise goes on making one.
  void beat(Message message, TimePoint now);

  const RankRecord& rank_zero() const { return zero_; }
  /// When the newest beat that rank 0 has answered was sent.
  TimePoint confirmed() const { return confirmed_; }
  bool ever_heard() const { return ever_heard_; }
  bool told_to_end() const { return told_to_end_; }
  /// Rank 0 is done, or has heard that this rank is.
  bool released() const { return zero_.finished; }

 private:
  enum class State { Idle, Connecting, Connected };

  void connect_next(TimePoint now);
  void connected(TimePoint now);
  void drop(TimePoint now);
  void book(const Message& message, TimePoint now);

  Invitation invitation_;
  Limits limits_;
  int num_ranks_, wake_;
  Channel channel_;
  State state_ = State::Idle;
  size_t address_ = 0;
  bool greeted_ = false, answered_ = false;  // on this connection
  TimePoint since_;                          // state_ has been what it is
  bool ready_ = false;                       // wait() found the socket ready

  RankRecord zero_;
  TimePoint confirmed_;
  bool ever_heard_ = false, told_to_end_ = false;
};

}  // namespace fullshard::watch
