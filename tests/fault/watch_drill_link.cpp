#include "fault/watch_drill_link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "fullshard/core/check.hpp"

namespace fullshard::drill {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool readable(const FileDescriptor& fd) {
  pollfd p{fd.get(), POLLIN, 0};
  return ::poll(&p, 1, 0) > 0;
}

}  // namespace

Link::Link(uint16_t to_port)
    : to_port_(to_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  FS_CHECK(::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 16) == 0 &&
               ::getsockname(listener_.get(), any, &size) == 0,
           "no port for a link");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Link::~Link() {
  stop_ = true;
  thread_.join();
}

void Link::run() {
  for (; !stop_; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    if (!up_) continue;
    if (readable(listener_)) accept_one();
    std::erase_if(connections_, [](const Connection& c) {
      return (readable(c.near) && !forward(c.near, c.far)) || (readable(c.far) && !forward(c.far, c.near));
    });
  }
}

void Link::accept_one() {
  Connection c{FileDescriptor(::accept(listener_.get(), nullptr, nullptr)),
               FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  const sockaddr_in to = loopback(to_port_);
  if (::connect(c.far.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
    connections_.push_back(std::move(c));
}

bool Link::forward(const FileDescriptor& from, const FileDescriptor& to) {
  std::array<char, 4096> bytes;
  const ssize_t n = ::recv(from.get(), bytes.data(), bytes.size(), 0);
  return n > 0 && ::send(to.get(), bytes.data(), static_cast<size_t>(n), MSG_NOSIGNAL) == n;
}

}  // namespace fullshard::drill
