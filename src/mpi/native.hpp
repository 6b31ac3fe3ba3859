#pragma once
// MPI's own handle behind mpi::Communicator, for the modules whose row allows MPI: mpi, comm/mpi, checkpoint.

#include <mpi.h>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

struct Communicator::Native {
  explicit Native(MPI_Comm c) : comm(c) {}
  ~Native() { MPI_Comm_free(&comm); }
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;
  MPI_Comm comm;
};

/// Throws CommError naming `operation` unless `code` is MPI_SUCCESS.
void check(int code, const char* operation);

}  // namespace fullshard::mpi
