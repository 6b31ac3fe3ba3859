#include "fullshard/mpi/rendezvous.hpp"

#include <mpi.h>

#include <chrono>
#include <thread>

#include "fullshard/core/clock.hpp"
#include "mpi/native.hpp"

namespace fullshard::mpi {

bool all_arrive(const Communicator& comm, double seconds) {
  const Stopwatch waited;
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibarrier(comm.native().comm, &request), "MPI_Ibarrier");
  for (int arrived = 0;;) {
    check(MPI_Test(&request, &arrived, MPI_STATUS_IGNORE), "MPI_Test");
    if (arrived) return true;
    if (waited.seconds() > seconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace fullshard::mpi
