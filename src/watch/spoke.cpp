#include "watch/spoke.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fullshard::watch {

namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address socket_address(const std::string& text, uint16_t port) {
  Address out;
  auto& six = reinterpret_cast<sockaddr_in6&>(out.storage);
  auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
  } else if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof six;
  }
  return out;
}

bool connects(const FileDescriptor& socket, const Address& to) {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) == 0 ||
         errno == EINPROGRESS;
}

// Several addresses have to be tried within the time that a rank may be silent.
constexpr Duration kLongestAttempt = std::chrono::seconds(2);

}  // namespace

Spoke::Spoke(Invitation invitation, const Limits& limits, int num_ranks, int wake, TimePoint now)
    : invitation_(std::move(invitation)), limits_(limits), num_ranks_(num_ranks), wake_(wake), since_(now) {
  zero_.heard = zero_.advanced = confirmed_ = now;
  zero_.host = invitation_.host;
  zero_.connected = true;  // nothing better is known of it
}

void Spoke::wait(Duration timeout) {
  // A refused connection is tried again at the next beat only: nothing here may spin.
  const short events = state_ == State::Connecting ? POLLOUT : POLLIN;
  pollfd fds[] = {{wake_, POLLIN, 0}, {state_ == State::Idle ? -1 : channel_.fd(), events, 0}};
  const timespec ts{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(timeout).count(),
                    .tv_nsec = (timeout % std::chrono::seconds(1)).count()};
  ready_ = timeout > Duration::zero() && ::ppoll(fds, 2, &ts, nullptr) > 0 && fds[1].revents != 0;
}

void Spoke::handle(TimePoint now) {
  if (!std::exchange(ready_, false)) return;
  if (state_ == State::Connecting) return connected(now);
  while (const auto message = channel_.take(invitation_.token, num_ranks_)) book(*message, now);
  if (channel_.broken()) drop(now);
}

void Spoke::book(const Message& message, TimePoint now) {
  if (message.kind == MessageKind::End) told_to_end_ = true;
  if (message.kind == MessageKind::Bye) zero_.finished = true;
  zero_.heard = now;
  zero_.host = message.host;
  zero_.progress = message.progress;
  confirmed_ = std::max(confirmed_, TimePoint(Duration(message.sent)));
  ever_heard_ = answered_ = true;
}

void Spoke::beat(Message message, TimePoint now) {
  if (released()) return;
  const TimePoint last = answered_ ? std::max(zero_.heard, since_) : since_;
  if (state_ == State::Connecting && now - since_ > std::min(limits_.reconnect(), kLongestAttempt)) drop(now);
  if (state_ == State::Connected && now - last > limits_.reconnect()) drop(now);
  if (state_ == State::Idle) connect_next(now);
  if (state_ != State::Connected) return;
  message.sent = now.time_since_epoch().count();
  greeted_ = true;
  channel_.send(message);
  if (channel_.broken()) drop(now);
}

void Spoke::connect_next(TimePoint now) {
  for (size_t tried = 0; tried < invitation_.addresses.size(); ++tried) {
    const Address to = socket_address(invitation_.addresses[address_], invitation_.port);
    FileDescriptor socket(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket && connects(socket, to)) {
      channel_ = Channel(std::move(socket));
      state_ = State::Connecting;
      since_ = now;
      return;
    }
    address_ = (address_ + 1) % invitation_.addresses.size();
  }
}

void Spoke::connected(TimePoint now) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(channel_.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return drop(now);
  state_ = State::Connected;
  since_ = now;
  greeted_ = answered_ = false;
}

// An address that has answered is tried again first; one that has not, was another machine's or is
// unreachable.
void Spoke::drop(TimePoint now) {
  if (!answered_) address_ = (address_ + 1) % invitation_.addresses.size();
  channel_ = Channel();
  state_ = State::Idle;
  since_ = now;
  answered_ = false;
}

}  // namespace fullshard::watch
