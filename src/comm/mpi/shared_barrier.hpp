#pragma once

#include <atomic>
#include <cstdint>

#include "fullshard/comm/collectives.hpp"

namespace fullshard::comm {

/// A barrier in memory that its ranks share; one of them constructs it. Looks for a while, then sleeps: ranks
/// may share cores.
class SharedBarrier {
 public:
  /// Throws CommError when it is told to give up.
  void wait(int ranks, const GiveUp& give_up);

 private:
  std::atomic<uint32_t> arrived_{0}, generation_{0}, sleepers_{0};
  static_assert(std::atomic<uint32_t>::is_always_lock_free, "works between processes");
};

}  // namespace fullshard::comm
