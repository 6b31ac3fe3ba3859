#include "mpi/roll_call.hpp"

#include <chrono>
#include <thread>

#include "fullshard/core/clock.hpp"
#include "mpi/native.hpp"

namespace fullshard::mpi {

namespace {

constexpr int kTag = 0xca11;
constexpr double kAnswerTime = 3;  // from rank 0's decision to its answer at the others

MPI_Request expect(MPI_Comm comm, int from) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Irecv(nullptr, 0, MPI_BYTE, from, kTag, comm, &request), "MPI_Irecv");
  return request;
}

MPI_Request tell(MPI_Comm comm, int to) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Isend(nullptr, 0, MPI_BYTE, to, kTag, comm, &request), "MPI_Isend");
  return request;
}

/// Whether all complete in time. What does not is given up; empty messages leave no memory behind.
bool complete(std::vector<MPI_Request>& requests, double seconds) {
  const Stopwatch waited;
  for (int all = 0;;) {
    check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &all, MPI_STATUSES_IGNORE),
          "MPI_Testall");
    if (all) return true;
    if (waited.seconds() > seconds) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

// Testall says nothing about single requests.
std::vector<int> incomplete(std::vector<MPI_Request>& requests) {
  std::vector<int> found;
  for (size_t r = 0; r < requests.size(); ++r) {
    int done = 0;
    check(MPI_Test(&requests[r], &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) continue;
    found.push_back(static_cast<int>(r));
    MPI_Cancel(&requests[r]);
    MPI_Request_free(&requests[r]);
  }
  return found;
}

}  // namespace

std::vector<int> unheard_ranks(MPI_Comm comm, double seconds) {
  int rank = 0, size = 1;
  check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  if (rank > 0) {
    std::vector<MPI_Request> both = {tell(comm, 0), expect(comm, 0)};
    return complete(both, seconds + kAnswerTime) ? std::vector<int>{} : std::vector{0};
  }
  std::vector<MPI_Request> heard(1, MPI_REQUEST_NULL), told;
  for (int r = 1; r < size; ++r) heard.push_back(expect(comm, r));
  if (!complete(heard, seconds)) return incomplete(heard);
  for (int r = 1; r < size; ++r) told.push_back(tell(comm, r));
  complete(told, kAnswerTime);
  return {};
}

}  // namespace fullshard::mpi
