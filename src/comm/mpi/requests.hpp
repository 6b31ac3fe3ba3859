#pragma once

#include <mpi.h>

#include <cstdint>
#include <vector>

#include "fullshard/comm/collectives.hpp"

namespace fullshard::comm {

/// Transfers under way. `wait` sleeps between looks: whoever waits for a link must not take the core from
/// those who compute.
class Requests {
 public:
  void send(const void* data, int64_t bytes, int to, MPI_Comm comm);
  void receive(void* data, int64_t bytes, int from, MPI_Comm comm);
  /// Until all have ended. Throws CommError, also when it is told to give up.
  void wait(const GiveUp& give_up);

 private:
  std::vector<MPI_Request> all_;
};

}  // namespace fullshard::comm
