#include "comm/nccl/communicator.hpp"

#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::comm {

namespace {

constexpr double kSetUpSeconds = 120, kLeaveSeconds = 10;
constexpr double kForever = 1e18;  // the watchdog ends what waits too long in a step
constexpr int kSpins = 1000;       // polls before sleeping between them

ncclConfig_t non_blocking() {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  return config;
}

ncclUniqueId invitation(const mpi::Communicator& world) {
  ncclUniqueId id{};
  std::string text(sizeof(id.internal), '\0');
  if (world.rank() == 0) {
    if (const ncclResult_t result = ncclGetUniqueId(&id); result != ncclSuccess)
      throw CommError("ncclGetUniqueId", ncclGetErrorString(result));
    std::memcpy(text.data(), id.internal, sizeof(id.internal));
  }
  text = world.broadcast(text);
  std::memcpy(id.internal, text.data(), sizeof(id.internal));
  return id;
}

}  // namespace

NcclCommunicator::NcclCommunicator(const mpi::Communicator& world, const GiveUp& give_up)
    : give_up_(&give_up) {
  ncclConfig_t config = non_blocking();
  const ncclUniqueId id = invitation(world);
  check_within(kSetUpSeconds, ncclCommInitRankConfig(&comm_, world.size(), id, world.rank(), &config),
               "ncclCommInitRankConfig");
}

NcclCommunicator::NcclCommunicator(NcclCommunicator&& other) noexcept
    : give_up_(other.give_up_), comm_(std::exchange(other.comm_, nullptr)), failed_(other.failed_) {}

NcclCommunicator::~NcclCommunicator() {
  if (comm_ == nullptr) return;
  if (!failed_ && !give_up_->requested() && ncclCommFinalize(comm_) != ncclInvalidUsage &&
      poll(kLeaveSeconds) == ncclSuccess)
    ncclCommDestroy(comm_);
  else
    ncclCommAbort(comm_);
}

NcclCommunicator NcclCommunicator::split(int color, int key) const {
  NcclCommunicator part(*give_up_);
  ncclConfig_t config = non_blocking();
  check_within(kSetUpSeconds, ncclCommSplit(comm_, color, key, &part.comm_, &config), "ncclCommSplit");
  part.check_within(kSetUpSeconds, ncclInProgress, "ncclCommSplit");
  return part;
}

void NcclCommunicator::check(ncclResult_t result, const char* operation) const {
  check_within(kForever, result, operation);
}

void NcclCommunicator::check_within(double limit_seconds, ncclResult_t result, const char* operation) const {
  if (result == ncclSuccess || result == ncclInProgress) result = poll(limit_seconds);
  if (result == ncclSuccess) return;
  failed_ = true;
  if (result == ncclInProgress)
    throw CommError(operation, "not done; see NCCL_DEBUG=WARN for what NCCL waits for");
  throw CommError(operation, std::string(ncclGetErrorString(result)) + ": " + ncclGetLastError(comm_));
}

// What NCCL is at, until that is done, failed, or nobody waits any more.
ncclResult_t NcclCommunicator::poll(double limit_seconds) const {
  const double begin = steady_seconds();
  for (int n = 0;; ++n) {
    ncclResult_t state = ncclSuccess;
    if (const ncclResult_t result = ncclCommGetAsyncError(comm_, &state); result != ncclSuccess)
      return result;
    if (state != ncclInProgress || give_up_->requested() || steady_seconds() - begin > limit_seconds)
      return state;
    if (n < kSpins)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

}  // namespace fullshard::comm
