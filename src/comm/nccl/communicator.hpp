#pragma once
// An NCCL communicator that never blocks the host for ever: calls return at once and are polled.
// Source: NCCL 2.28 user guide, "Fault tolerance" and "Creating a communicator with options".

#include <nccl.h>

#include "fullshard/comm/collectives.hpp"

namespace fullshard::comm {

/// Move-only. All member functions but get() and check() are collective over its ranks.
class NcclCommunicator {
 public:
  /// The ranks of `world`, whose first one invites the others.
  NcclCommunicator(const mpi::Communicator& world, const GiveUp& give_up);
  NcclCommunicator(NcclCommunicator&& other) noexcept;
  NcclCommunicator& operator=(NcclCommunicator&&) = delete;
  /// Leaves in peace, or where something failed without waiting for anybody.
  ~NcclCommunicator();

  /// Ranks of the same colour, ordered by key.
  NcclCommunicator split(int color, int key) const;

  ncclComm_t get() const { return comm_; }
  /// Until NCCL has taken what the call asked for. Throws CommError; nobody waits for this rank then.
  void check(ncclResult_t result, const char* operation) const;

 private:
  explicit NcclCommunicator(const GiveUp& give_up) : give_up_(&give_up) {}
  ncclResult_t poll(double limit_seconds) const;
  void check_within(double limit_seconds, ncclResult_t result, const char* operation) const;

  const GiveUp* give_up_;
  ncclComm_t comm_ = nullptr;
  mutable bool failed_ = false;
};

}  // namespace fullshard::comm
