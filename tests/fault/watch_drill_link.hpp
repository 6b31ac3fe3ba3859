#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "fullshard/core/files.hpp"

namespace fullshard::drill {

/// A network link between one rank and the port of rank 0, which can be cut: then nothing comes through and
/// nobody is told, as with a cable.
class Link {
 public:
  explicit Link(uint16_t to_port);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// On 127.0.0.1, to be used instead of `to_port`.
  uint16_t port() const { return port_; }
  void cut() { up_ = false; }
  void mend() { up_ = true; }

 private:
  struct Connection {
    FileDescriptor near, far;
  };
  void run();
  void accept_one();
  static bool forward(const FileDescriptor& from, const FileDescriptor& to);

  uint16_t to_port_, port_ = 0;
  FileDescriptor listener_;
  std::vector<Connection> connections_;
  std::atomic<bool> up_{true}, stop_{false};
  std::thread thread_;
};

}  // namespace fullshard::drill
