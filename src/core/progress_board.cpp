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
int64_t ProgressBoard::begin(const Collective& collective) noexcept {
  std::array<uint64_t, kWords> words{};
  words[0] = static_cast<uint64_t>(++sequence_) * 2 + 1;
  words[1] = static_cast<uint64_t>(collective.size.value);
  const auto operation = bounded<16>(collective.operation);
  const auto unit = bounded<24>(collective.unit);
  const auto axis = bounded<8>(collective.axis);
  std::memcpy(&words[2], operation.data(), operation.size());
  std::memcpy(&words[4], unit.data(), unit.size());
  std::memcpy(&words[7], axis.data(), axis.size());

  const uint64_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_relaxed);
  version_.store(version + 2, std::memory_order_release);
  touch();
  return sequence_;
}

// One word changes, so there is no half to see.
void ProgressBoard::end() noexcept {
  words_[0].store(static_cast<uint64_t>(sequence_) * 2, std::memory_order_release);
  touch();
}

std::optional<Progress> ProgressBoard::read() const noexcept {
  std::array<uint64_t, kWords> words{};
  for (int i = 0; i < kTries; ++i) {
    const uint64_t before = version_.load(std::memory_order_acquire);
    for (size_t w = 0; w < kWords; ++w) words[w] = words_[w].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 != 0 || version_.load(std::memory_order_relaxed) != before) continue;

    Progress out;
    const int64_t where = where_.load(std::memory_order_relaxed);
    out.step = where >> 8;
    out.phase = static_cast<Phase>(where & 0xff);
    out.changes = changes_.load(std::memory_order_relaxed);
    out.sequence = static_cast<int64_t>(words[0] / 2);
    out.in_flight = words[0] % 2;
    out.bytes = static_cast<int64_t>(words[1]);
    std::memcpy(out.operation.data(), &words[2], out.operation.size());
    std::memcpy(out.unit.data(), &words[4], out.unit.size());
    std::memcpy(out.axis.data(), &words[7], out.axis.size());
    return out;
  }
  return std::nullopt;
}

}  // namespace fullshard
