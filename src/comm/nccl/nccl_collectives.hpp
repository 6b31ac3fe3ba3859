#pragma once

#include "comm/nccl/communicator.hpp"
#include "comm/stream_in_use.hpp"
#include "fullshard/device/buffer.hpp"

namespace fullshard::comm {

/// GPU memory over NCCL, launched on the stream in use.
class NcclCollectives final : public Collectives {
 public:
  NcclCollectives(NcclCommunicator comm, int rank, int size, const Transfers& transfers, StreamInUse stream);

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override;
  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override;
  void all_combine(DeviceSpan inout) override;
  bool common_memory() const override { return false; }
  void settle() override {}
  /// The group's ranks see it as their own; NCCL knows it beforehand.
  RegionHandle allocate(Elems count, DType dtype, Sharing sharing) override;

 private:
  DType wire(DType dtype) const { return dtype == DType::F32 ? transfers_.sum_transfer : dtype; }
  void reduce_by_ring(DeviceSpan dst, ConstDeviceSpan src, Accumulate mode);
  void reduce_in_order(DeviceSpan dst, ConstDeviceSpan src, const Sum& sum);
  void exchange(DeviceSpan received, ConstDeviceSpan sent, int present);
  void add_up(DeviceSpan received, int present) const;

  NcclCommunicator comm_;
  int rank_, size_;
  Transfers transfers_;
  StreamInUse stream_;
  device::Buffer received_, rounded_, arrived_;  // as large as the largest sum so far
};

}  // namespace fullshard::comm
