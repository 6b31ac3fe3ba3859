#include "comm/mpi/shared_window.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdint>
#include <exception>

#include "fullshard/core/error.hpp"
#include "mpi/native.hpp"

namespace fullshard::comm {

namespace {

constexpr uintptr_t kPage = 4096;

// Pages that do not fit would end the process at the first touch, far from here. An older kernel
// (before 5.14) does not know how to ask, and is not asked.
bool reserve(std::byte* begin, std::byte* end) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(begin) / kPage * kPage;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(end) + kPage - 1) / kPage * kPage;
#ifdef MADV_POPULATE_WRITE
  constexpr int kPopulate = MADV_POPULATE_WRITE;
#else
  constexpr int kPopulate = 23;
#endif
  return ::madvise(reinterpret_cast<void*>(first), last - first, kPopulate) == 0 || errno == EINVAL;
}

// Open MPI 4.1 puts windows there; where a file does not fit, the first rank fails and the others wait for
// it.
bool fits(Bytes size) {
  struct statvfs there {};
  if (::statvfs("/dev/shm", &there) != 0) return true;  // another system: the library will say
  return static_cast<double>(there.f_bavail) * static_cast<double>(there.f_frsize) >=
         static_cast<double>(size.value);
}

[[noreturn]] void throw_no_room(Bytes size, int ranks) {
  throw Error(
      ExitCode::OutOfMemory,
      fmt::format("/dev/shm: no room for {} that the {} ranks of this node share; make it larger, or set "
                  "sharding.mesh.nodes to the number of ranks, which does without",
                  human(size), ranks));
}

}  // namespace

struct SharedWindow::Native {
  MPI_Win window = MPI_WIN_NULL;
};

// All of it belongs to the first rank: where each rank's part begins is arithmetic then, not the library's.
SharedWindow::SharedWindow(const mpi::Communicator& comm, Bytes size)
    : native_(std::make_unique<Native>()), exceptions_at_start_(std::uncaught_exceptions()) {
  const MPI_Comm group = comm.native().comm;
  MPI_Comm_set_errhandler(group, MPI_ERRORS_RETURN);
  if (comm.max(int64_t{!fits(size)}) != 0) throw_no_room(size, comm.size());
  void* mine = nullptr;
  const MPI_Aint bytes = comm.rank() == 0 ? static_cast<MPI_Aint>(round_up(size.value, 4096)) : 0;
  const int code = MPI_Win_allocate_shared(bytes, 1, MPI_INFO_NULL, group, &mine, &native_->window);
  if (comm.max(int64_t{code != MPI_SUCCESS}) != 0) throw_no_room(size, comm.size());
  MPI_Aint all = 0;
  int unit = 0;
  void* base = nullptr;
  mpi::check(MPI_Win_shared_query(native_->window, 0, &all, &unit, &base), "MPI_Win_shared_query");
  data_ = static_cast<std::byte*>(base);
  mpi::check(MPI_Win_lock_all(MPI_MODE_NOCHECK, native_->window), "MPI_Win_lock_all");
  // Each rank its part: pages lie near whoever touches them first.
  const auto edge = [&](int rank) { return data_ + size.value / comm.size() * rank; };
  const bool last = comm.rank() + 1 == comm.size();
  const bool reserved = reserve(edge(comm.rank()), last ? data_ + size.value : edge(comm.rank() + 1));
  if (comm.max(int64_t{!reserved}) != 0) throw_no_room(size, comm.size());
}

SharedWindow::~SharedWindow() {
  if (std::uncaught_exceptions() > exceptions_at_start_) return;
  MPI_Win_unlock_all(native_->window);
  MPI_Win_free(&native_->window);
}

}  // namespace fullshard::comm
