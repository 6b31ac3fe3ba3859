#include "watch/channel.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace fullshard::watch {

Channel::Channel(FileDescriptor socket) : socket_(std::move(socket)) {
  const int yes = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

std::optional<Message> Channel::take(const Token& token, int num_ranks) {
  while (!broken_) {
    const ssize_t n = ::recv(socket_.get(), raw_.data() + received_, raw_.size() - received_, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    if (n <= 0) {
      broken_ = true;
      return std::nullopt;
    }
    received_ += static_cast<size_t>(n);
    if (received_ < raw_.size()) continue;
    received_ = 0;
    const std::optional<Message> message = parse(raw_, token, num_ranks);
    broken_ = !message;
    return message;
  }
  return std::nullopt;
}

void Channel::send(const Message& message) {
  ssize_t n;
  do n = ::send(socket_.get(), &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
  // Half a message would shift all that follow.
  if (n != static_cast<ssize_t>(sizeof message)) broken_ = true;
}

}  // namespace fullshard::watch
