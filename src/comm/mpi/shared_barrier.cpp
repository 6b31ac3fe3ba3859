#include "comm/mpi/shared_barrier.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <thread>

namespace fullshard::comm {

namespace {

constexpr int kLooks = 2000, kYields = 20;

// The kernel's wait on a word; std::atomic::wait works inside one process only.
void wake_all(std::atomic<uint32_t>& word) {
  ::syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}
void sleep_while(std::atomic<uint32_t>& word, uint32_t value) {
  const timespec longest{0, 100'000'000};
  ::syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT, value, &longest, nullptr, 0);
}

}  // namespace

void SharedBarrier::wait(int ranks, const GiveUp& give_up) {
  const uint32_t generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(ranks)) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) != 0) wake_all(generation_);
    return;
  }
  const auto passed = [&] { return generation_.load(std::memory_order_acquire) != generation; };
  for (int look = 0; look < kLooks; ++look) {
    if (passed()) return;
    __builtin_ia32_pause();
  }
  for (int look = 0; look < kYields; ++look) {
    if (passed()) return;
    std::this_thread::yield();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (!passed()) {
    give_up.check();
    sleep_while(generation_, generation);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace fullshard::comm
