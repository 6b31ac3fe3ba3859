#pragma once
// One block of memory that all ranks of a communicator see, from MPI_Win_allocate_shared.

#include <cstddef>

#include "fullshard/core/sizes.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::comm {

class SharedWindow {
 public:
  /// Uninitialised. Throws Error(OutOfMemory) where the system has not that much shared memory.
  ///
  /// Collective  over `comm`, whose ranks must be of one machine
  SharedWindow(const mpi::Communicator& comm, Bytes size);
  /// Collective, unless an exception unwinds: ranks that did not fail would be waited for in vain then, and
  /// the system takes the memory back when the process ends.
  ~SharedWindow();
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  std::byte* data() const { return data_; }

 private:
  struct Native;
  std::unique_ptr<Native> native_;
  std::byte* data_ = nullptr;
  int exceptions_at_start_;
};

}  // namespace fullshard::comm
