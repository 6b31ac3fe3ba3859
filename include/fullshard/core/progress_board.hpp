#pragma once
// Where a process stands: its working threads write it, in a few stores that never wait, and another thread
// reads it at any time without halves (watch/watchdog.hpp sends it to rank 0).

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "fullshard/core/sizes.hpp"

namespace fullshard {

/// What a rank is doing, in the order of a run.
enum class Phase : uint8_t { Startup, Load, Forward, Backward, Update, Evaluate, Save, Export, Finished };
inline constexpr uint8_t kNumPhases = 9;
/// "start-up", "backward", …
std::string_view name_of(Phase phase);

/// An operation in which ranks wait for each other, as it is to be named to people: "reduce" of "block 7"
/// over "node". Longer names are cut: 15, 23 and 7 bytes.
struct Collective {
  std::string_view operation;
  std::string_view unit;  ///< may be empty
  std::string_view axis;
  Bytes size;  ///< on this rank
};

/// Collectives of one kind come in the same order on all ranks and are numbered by it; a transfer may be
/// under way on its own thread while control goes on.
enum class Traffic : uint8_t {
  Transfer,  ///< tensors
  Control,   ///< sums of counts, agreement, everything that the driving thread waits for itself
};
inline constexpr size_t kNumTraffic = 2;

/// Plain bytes, so that it can be sent as it is; names end with a zero.
struct CollectiveProgress {
  int64_t sequence = 0;  ///< collectives begun so far: the number of the last one
  int64_t bytes = 0;     ///< of the last one, like its names
  std::array<char, 16> operation = {};
  std::array<char, 24> unit = {};
  std::array<char, 8> axis = {};
  int64_t in_flight = 0;  ///< 1 while the last one has not ended
};

/// A copy of the board at one moment.
struct Progress {
  int64_t step = 0;
  uint64_t changes =
      0;  ///< grows with everything that happens: two equal values mean no progress between them
  std::array<CollectiveProgress, kNumTraffic> collectives;
  Phase phase = Phase::Startup;
};

/// What a device was given to do: for the host that has ended as soon as it is launched.
class DeviceWork {
 public:
  virtual ~DeviceWork() = default;
  struct State {
    uint64_t done = 0;                        ///< collectives that the device has done so far
    std::optional<CollectiveProgress> first;  ///< of those that it has not
  };
  /// Any thread.
  virtual State look() noexcept = 0;
};

class ProgressBoard {
 public:
  ProgressBoard() = default;
  ProgressBoard(const ProgressBoard&) = delete;
  ProgressBoard& operator=(const ProgressBoard&) = delete;

  // Of one thread, the one that drives the run.
  void enter(Phase phase) noexcept { set(step(), phase); }
  void begin_step(int64_t step) noexcept { set(step, Phase::Forward); }
  Phase phase() const noexcept { return static_cast<Phase>(where_.load(std::memory_order_relaxed) & 0xff); }

  // Of one thread at a time for each kind: pairs of begin and end never overlap.
  /// Numbers the collective, from 1 on, and returns that number: the same on all ranks while they issue the
  /// same.
  int64_t begin(Traffic traffic, const Collective& collective) noexcept;
  void end(Traffic traffic) noexcept;

  /// The last one that began, or nothing if another thread is writing it.
  std::optional<CollectiveProgress> last(Traffic traffic) const noexcept {
    return collectives_[static_cast<size_t>(traffic)].read();
  }

  /// Says that work goes on where neither phase nor collective changes (a long file). Any thread.
  void touch() noexcept { changes_.fetch_add(1, std::memory_order_relaxed); }

  /// From now on read() looks there, too: a transfer is under way until the device has done it. Null:
  /// nowhere, and when this returns nobody looks there any more. Any thread.
  void follow(DeviceWork* work) noexcept;

  /// Any thread. Nothing if the writer was caught between its stores again and again.
  std::optional<Progress> read() const noexcept;

 private:
  struct CollectiveWords {
    static constexpr size_t kWords = 8;  // sequence and in_flight, bytes, operation (2), unit (3), axis

    std::atomic<uint64_t> version{0};  // odd while words are being written
    std::array<std::atomic<uint64_t>, kWords> words{};
    int64_t sequence = 0;  // the writer's

    std::optional<CollectiveProgress> read() const noexcept;
  };

  int64_t step() const noexcept { return where_.load(std::memory_order_relaxed) >> 8; }
  void set(int64_t step, Phase phase) noexcept;
  CollectiveWords& words_of(Traffic traffic) noexcept { return collectives_[static_cast<size_t>(traffic)]; }

  std::atomic<int64_t> where_{0};  // step and phase in one word
  std::atomic<uint64_t> changes_{0};
  std::array<CollectiveWords, kNumTraffic> collectives_;
  mutable std::mutex following_;
  DeviceWork* work_ = nullptr;
};

/// A phase for as long as a scope; the one before comes back at its end.
class PhaseScope {
 public:
  PhaseScope(ProgressBoard& board, Phase phase) : board_(board), before_(board.phase()) {
    board.enter(phase);
  }
  ~PhaseScope() { board_.enter(before_); }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;

 private:
  ProgressBoard& board_;
  Phase before_;
};

/// A collective in flight for as long as a scope. Without a board it does nothing.
class CollectiveScope {
 public:
  CollectiveScope(ProgressBoard* board, Traffic traffic, const Collective& collective)
      : board_(board), traffic_(traffic) {
    if (board_) board_->begin(traffic, collective);
  }
  ~CollectiveScope() {
    if (board_) board_->end(traffic_);
  }
  CollectiveScope(const CollectiveScope&) = delete;
  CollectiveScope& operator=(const CollectiveScope&) = delete;

 private:
  ProgressBoard* board_;
  Traffic traffic_;
};

}  // namespace fullshard
