#pragma once

#include <string>

#include "fullshard/core/files.hpp"

namespace fullshard::watch {

/// Rank 0's open port, before anybody knows it: its text is broadcast, then Watchdog takes it over.
class WatchListener {
 public:
  /// `host` names this machine to people. Raises the soft limit of open files if `num_ranks` connections need
  /// it. Throws CommError.
  WatchListener(int num_ranks, const std::string& host);

  /// One line for the other ranks: addresses, port and the token without which the port does not listen. It
  /// is a secret of the job; do not print it.
  const std::string& invitation() const { return invitation_; }
  FileDescriptor take_socket() { return std::move(socket_); }

 private:
  FileDescriptor socket_;
  std::string invitation_;
};

}  // namespace fullshard::watch
