#pragma once

#include <sys/epoll.h>

#include <span>
#include <vector>

#include "fullshard/core/files.hpp"
#include "watch/channel.hpp"

namespace fullshard::watch {

/// Rank 0's end of the star: any number of connections, one thread, no memory asked for after construction.
class Hub {
 public:
  /// Keeps `ranks` true: one record per rank, index 0 is left alone.
  ///
  /// `wake` becomes readable when wait() shall return. Throws CommError.
  Hub(FileDescriptor listener, const Token& token, std::span<RankRecord> ranks, int wake);

  /// Returns when something has arrived, `wake` is readable, or after `timeout`.
  void wait(Duration timeout);
  /// Takes what wait() found. Who comes for the first time or leaves is answered at once with `answer`.
  void handle(TimePoint now, const Message& answer);
  /// Says `message` to all ranks, with the time of what each said last: all hear from rank 0 in the same
  /// moment, and so know in the same order, that of their ranks, when it is missing.
  void say_to_all(Message message);
  /// Closes connections that have not proved in time that they belong here.
  void sweep(TimePoint now);

 private:
  struct Slot {
    Channel channel;
    int rank = -1;     // -1 until it has sent a message with the token
    int64_t sent = 0;  // its clock when it said something last
    TimePoint since;
  };

  void watch_for_input(int fd, uint64_t id);
  void accept_all(TimePoint now);
  void take_all(size_t slot, TimePoint now, Message answer);
  void book(size_t slot, const Message& message, TimePoint now);
  void close(size_t slot);

  FileDescriptor listener_, epoll_;
  Token token_;
  std::span<RankRecord> ranks_;
  std::vector<Slot> slots_;
  std::vector<size_t> free_, slot_of_rank_;
  std::vector<epoll_event> events_;  // room for all: nobody may seem silent whose word only was not read yet
  int num_events_ = 0;
  bool accepting_ = true;
};

}  // namespace fullshard::watch
