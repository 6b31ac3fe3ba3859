#include "watch/hub.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard::watch {

namespace {

constexpr uint64_t kListener = UINT64_MAX, kWake = UINT64_MAX - 1;
constexpr size_t kNoSlot = SIZE_MAX;
constexpr auto kStrangersPatience = std::chrono::seconds(5);
// Connections that have not shown the token yet, besides one for each rank.
constexpr size_t kStrangers = 64;

}  // namespace

Hub::Hub(FileDescriptor listener, const Token& token, std::span<RankRecord> ranks, int wake)
    : listener_(std::move(listener)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      token_(token),
      ranks_(ranks),
      slots_(2 * ranks.size() + kStrangers),
      slot_of_rank_(ranks.size(), kNoSlot),
      events_(slots_.size() + 2) {
  if (!epoll_) throw CommError("watchdog", "epoll_create1: " + errno_text(errno));
  for (size_t i = slots_.size(); i-- > 0;) free_.push_back(i);
  watch_for_input(listener_.get(), kListener);
  watch_for_input(wake, kWake);
}

void Hub::watch_for_input(int fd, uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw CommError("watchdog", "epoll_ctl: " + errno_text(errno));
}

void Hub::wait(Duration timeout) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, Duration::zero())).count();
  num_events_ = std::max(
      0, ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), static_cast<int>(ms)));
}

void Hub::handle(TimePoint now, const Message& answer) {
  for (int i = 0; i < num_events_; ++i) {
    const uint64_t id = events_[static_cast<size_t>(i)].data.u64;
    if (id == kListener)
      accept_all(now);
    else if (id != kWake)
      take_all(static_cast<size_t>(id), now, answer);
  }
  num_events_ = 0;
}

void Hub::accept_all(TimePoint now) {
  while (true) {
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      // No file descriptor left: the port would report itself for ever. The next sweep looks again.
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
      accepting_ = false;
      return;
    }
    if (free_.empty()) continue;  // closes it
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = free_.back();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0) continue;
    slots_[free_.back()] = {.channel = Channel(std::move(socket)), .since = now};
    free_.pop_back();
  }
}

void Hub::take_all(size_t slot, TimePoint now, Message answer) {
  Slot& s = slots_[slot];
  if (!s.channel) return;
  while (const auto message = s.channel.take(token_, static_cast<int>(ranks_.size()))) {
    if (message->rank == 0 || (s.rank >= 0 && message->rank != s.rank)) return close(slot);
    const bool first = s.rank < 0, leaves = message->kind == MessageKind::Bye;
    book(slot, *message, now);
    if (!first && !leaves) continue;
    answer.kind = leaves ? MessageKind::Bye : MessageKind::Echo;
    answer.sent = message->sent;
    s.channel.send(answer);
  }
  if (s.channel.broken()) close(slot);
}

void Hub::book(size_t slot, const Message& message, TimePoint now) {
  const auto rank = static_cast<size_t>(message.rank);
  if (slots_[slot].rank < 0) {
    if (slot_of_rank_[rank] != kNoSlot)
      close(slot_of_rank_[rank]);  // it has lost that connection and made this one
    slots_[slot].rank = message.rank;
    slot_of_rank_[rank] = slot;
  }
  RankRecord& record = ranks_[rank];
  record.heard = now;
  record.connected = true;
  record.host = message.host;
  // It may have been silent, and without progress, since long before it found another way here.
  if (message.progress.changes != record.progress.changes)
    record.advanced =
        std::max(record.advanced, now - Duration(std::max<int64_t>(0, message.sent - message.advanced)));
  record.progress = message.progress;
  slots_[slot].sent = message.sent;
  if (message.kind == MessageKind::Bye) record.finished = true;
}

void Hub::close(size_t slot) {
  Slot& s = slots_[slot];
  if (s.rank >= 0) {
    slot_of_rank_[static_cast<size_t>(s.rank)] = kNoSlot;
    ranks_[static_cast<size_t>(s.rank)].connected = false;
  }
  s = {};
  free_.push_back(slot);
}

void Hub::sweep(TimePoint now) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& s = slots_[i];
    if (!s.channel) continue;
    if (s.channel.broken() || (s.rank < 0 && now - s.since > kStrangersPatience)) close(i);
  }
  if (accepting_) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kListener;
  accepting_ = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event) == 0;
}

void Hub::say_to_all(Message message) {
  for (Slot& s : slots_) {
    if (!s.channel || s.rank < 0) continue;
    message.sent = s.sent;
    s.channel.send(message);
  }
}

}  // namespace fullshard::watch
