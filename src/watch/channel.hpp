#pragma once

#include <optional>

#include "fullshard/core/files.hpp"
#include "watch/message.hpp"

namespace fullshard::watch {

/// Whole messages over a non-blocking TCP socket; nothing here waits.
class Channel {
 public:
  Channel() = default;
  explicit Channel(FileDescriptor socket);

  explicit operator bool() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  /// The peer is gone or has said something that is no message of this job: to be closed.
  bool broken() const { return broken_; }

  std::optional<Message> take(const Token& token, int num_ranks);
  /// A message for which there is no room is dropped: the next one says more.
  void send(const Message& message);

 private:
  FileDescriptor socket_;
  RawMessage raw_{};
  size_t received_ = 0;
  bool broken_ = false;
};

}  // namespace fullshard::watch
