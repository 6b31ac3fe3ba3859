#include "comm/mpi/requests.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "mpi/native.hpp"

namespace fullshard::comm {

namespace {

using std::chrono::microseconds;

// A message inside a machine arrives while we look; over a network sleeping costs a fraction of its time.
constexpr int kLooks = 20;
constexpr microseconds kFirstSleep{20}, kLongestSleep{200};

}  // namespace

void Requests::send(const void* data, int64_t bytes, int to, MPI_Comm comm) {
  mpi::check(MPI_Isend(data, static_cast<int>(bytes), MPI_BYTE, to, 0, comm, &all_.emplace_back()),
             "MPI_Isend");
}

void Requests::receive(void* data, int64_t bytes, int from, MPI_Comm comm) {
  mpi::check(MPI_Irecv(data, static_cast<int>(bytes), MPI_BYTE, from, 0, comm, &all_.emplace_back()),
             "MPI_Irecv");
}

void Requests::wait(const GiveUp& give_up) {
  microseconds sleep = kFirstSleep;
  for (int look = 0, done = 0;; ++look) {
    mpi::check(MPI_Testall(static_cast<int>(all_.size()), all_.data(), &done, MPI_STATUSES_IGNORE),
               "MPI_Testall");
    if (done) break;
    if (look < kLooks) continue;
    give_up.check();
    std::this_thread::sleep_for(sleep);
    sleep = std::min(sleep * 2, kLongestSleep);
  }
  all_.clear();
}

}  // namespace fullshard::comm
