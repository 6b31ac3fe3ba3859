#include "fullshard/core/progress_board.hpp"

#include <algorithm>
#include <cstring>

namespace fullshard {

namespace {

/// At most size - 1 bytes, the rest zero.
template <size_t N>
std::array<char, N> bounded(std::string_view text) noexcept {
  std::array<char, N> out{};
  std::memcpy(out.data(), text.data(), std::min(text.size(), N - 1));
  return out;
}

// Tries of a reader before it gives up: a writer needs some ten stores, unless it was put to sleep among
// them.
constexpr int kTries = 100;

}  // namespace

std::string_view name_of(Phase phase) {
  static constexpr std::array<std::string_view, kNumPhases> kNames = {
      "start-up", "load", "forward", "backward", "update", "evaluation", "save", "export", "finished"};
  return kNames[static_cast<size_t>(phase)];
}

void ProgressBoard::set(int64_t step, Phase phase) noexcept {
  where_.store(step * 256 + static_cast<int64_t>(phase), std::memory_order_relaxed);
  touch();
}

// A sequence lock whose data are atomic words (Boehm, "Can seqlocks get along with programming language
// memory models?", MSPC 2012, figure 6).
int64_t ProgressBoard::begin(Traffic traffic, const Collective& collective) noexcept {
  CollectiveWords& to = words_of(traffic);
  std::array<uint64_t, CollectiveWords::kWords> words{};
  words[0] = static_cast<uint64_t>(++to.sequence) * 2 + 1;
  words[1] = static_cast<uint64_t>(collective.size.value);
  const auto operation = bounded<16>(collective.operation);
  const auto unit = bounded<24>(collective.unit);
  const auto axis = bounded<8>(collective.axis);
  std::memcpy(&words[2], operation.data(), operation.size());
  std::memcpy(&words[4], unit.data(), unit.size());
  std::memcpy(&words[7], axis.data(), axis.size());

  const uint64_t version = to.version.load(std::memory_order_relaxed);
  to.version.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < words.size(); ++i) to.words[i].store(words[i], std::memory_order_relaxed);
  to.version.store(version + 2, std::memory_order_release);
  touch();
  return to.sequence;
}

// One word changes, so there is no half to see.
void ProgressBoard::end(Traffic traffic) noexcept {
  CollectiveWords& to = words_of(traffic);
  to.words[0].store(static_cast<uint64_t>(to.sequence) * 2, std::memory_order_release);
  touch();
}

std::optional<CollectiveProgress> ProgressBoard::CollectiveWords::read() const noexcept {
  std::array<uint64_t, kWords> copy{};
  for (int i = 0; i < kTries; ++i) {
    const uint64_t before = version.load(std::memory_order_acquire);
    for (size_t w = 0; w < kWords; ++w) copy[w] = words[w].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 != 0 || version.load(std::memory_order_relaxed) != before) continue;

    CollectiveProgress out;
    out.sequence = static_cast<int64_t>(copy[0] / 2);
    out.in_flight = static_cast<int64_t>(copy[0] % 2);
    out.bytes = static_cast<int64_t>(copy[1]);
    std::memcpy(out.operation.data(), &copy[2], out.operation.size());
    std::memcpy(out.unit.data(), &copy[4], out.unit.size());
    std::memcpy(out.axis.data(), &copy[7], out.axis.size());
    return out;
  }
  return std::nullopt;
}

void ProgressBoard::follow(DeviceWork* work) noexcept {
  const std::lock_guard lock(following_);
  work_ = work;
}

std::optional<Progress> ProgressBoard::read() const noexcept {
  Progress out;
  for (size_t kind = 0; kind < kNumTraffic; ++kind) {
    const auto one = collectives_[kind].read();
    if (!one) return std::nullopt;
    out.collectives[kind] = *one;
  }
  const int64_t where = where_.load(std::memory_order_relaxed);
  out.step = where >> 8;
  out.phase = static_cast<Phase>(where & 0xff);
  out.changes = changes_.load(std::memory_order_relaxed);
  const std::lock_guard lock(following_);
  if (work_ == nullptr) return out;
  const DeviceWork::State there = work_->look();
  out.changes += there.done;
  if (there.first) out.collectives[static_cast<size_t>(Traffic::Transfer)] = *there.first;
  return out;
}

}  // namespace fullshard
