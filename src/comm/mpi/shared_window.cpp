#include "comm/mpi/shared_window.hpp"

#include <fmt/format.h>

#include <exception>

#include "fullshard/core/error.hpp"
#include "mpi/native.hpp"

namespace fullshard::comm {

struct SharedWindow::Native {
  MPI_Win window = MPI_WIN_NULL;
};

// All of it belongs to the first rank: where each rank's part begins is arithmetic then, not the library's.
SharedWindow::SharedWindow(const mpi::Communicator& comm, Bytes size)
    : native_(std::make_unique<Native>()), exceptions_at_start_(std::uncaught_exceptions()) {
  const MPI_Comm group = comm.native().comm;
  MPI_Comm_set_errhandler(group, MPI_ERRORS_RETURN);
  void* mine = nullptr;
  const MPI_Aint bytes = comm.rank() == 0 ? static_cast<MPI_Aint>(round_up(size.value, 4096)) : 0;
  const int code = MPI_Win_allocate_shared(bytes, 1, MPI_INFO_NULL, group, &mine, &native_->window);
  if (comm.max(code == MPI_SUCCESS ? int64_t{0} : int64_t{1}) != 0)
    throw IoError("/dev/shm", -1,
                  fmt::format("no room for {} that the {} ranks of this node share; make it larger, or set "
                              "sharding.mesh.nodes to the number of ranks, which does without",
                              human(size), comm.size()));
  MPI_Aint all = 0;
  int unit = 0;
  void* base = nullptr;
  mpi::check(MPI_Win_shared_query(native_->window, 0, &all, &unit, &base), "MPI_Win_shared_query");
  data_ = static_cast<std::byte*>(base);
  mpi::check(MPI_Win_lock_all(MPI_MODE_NOCHECK, native_->window), "MPI_Win_lock_all");
}

SharedWindow::~SharedWindow() {
  if (std::uncaught_exceptions() > exceptions_at_start_) return;
  MPI_Win_unlock_all(native_->window);
  MPI_Win_free(&native_->window);
}

}  // namespace fullshard::comm
