#include "comm/recording/recording_collectives.hpp"

#include <utility>

#include "comm/host_region.hpp"
#include "fullshard/core/clock.hpp"

namespace fullshard::comm {

namespace {

// A group of which nobody is there.
class PaperCollectives final : public Collectives {
 public:
  PaperCollectives(Member member, mesh::Axis axis) : member_(member), axis_(axis) {}
  int rank() const override { return member_.rank; }
  int size() const override { return member_.size; }
  void all_gather(DeviceSpan, ConstDeviceSpan) override {}
  void reduce_scatter(DeviceSpan, ConstDeviceSpan, Sum) override {}
  void all_combine(DeviceSpan) override {}
  bool common_memory() const override { return axis_ == mesh::Axis::Local; }
  void settle() override {}
  RegionHandle allocate(Elems count, DType dtype, Sharing) override {
    return std::make_unique<HostRegion>(count, dtype);
  }

 private:
  Member member_;
  mesh::Axis axis_;
};

class RecordingCollectives final : public Collectives {
 public:
  RecordingCollectives(std::unique_ptr<Collectives> inner, mesh::Axis axis, Journal& journal,
                       DType sum_transfer)
      : inner_(std::move(inner)), axis_(axis), journal_(journal), sum_transfer_(sum_transfer) {}
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }

  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    const Note note(*this, Operation::AllGather, src.size(), src.size() * (size() - 1));
    inner_->all_gather(dst, src);
  }

  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override {
    const DType wire = dst.dtype == DType::F32 && axis_ == mesh::Axis::Node ? sum_transfer_ : dst.dtype;
    const bool sends = sum.present < 0 || rank() < sum.present;
    const Note note(*this, Operation::ReduceScatter, dst.size(),
                    sends ? bytes(dst.count, wire) * (size() - 1) : Bytes{});
    inner_->reduce_scatter(dst, src, sum);
  }

  // Each rank's bits reach every other one, at the least through one partner.
  void all_combine(DeviceSpan inout) override {
    const Note note(*this, Operation::Combine, inout.size(), size() > 1 ? inout.size() : Bytes{});
    inner_->all_combine(inout);
  }

  bool common_memory() const override { return inner_->common_memory(); }
  void settle() override {
    const CollectiveScope under_way = journal_.under_way("settle", axis_, Bytes{});
    inner_->settle();
  }
  RegionHandle allocate(Elems count, DType dtype, Sharing sharing) override {
    return inner_->allocate(count, dtype, sharing);
  }

 private:
  // From the beginning of an operation to its end.
  class Note {
   public:
    Note(RecordingCollectives& r, Operation operation, Bytes payload, Bytes sent)
        : journal_(r.journal_),
          under_way_(journal_.under_way(name_of(operation), r.axis_,
                                        operation == Operation::Combine ? payload : payload * r.size())),
          entry_{operation, r.axis_, r.journal_.unit(), sent, steady_seconds(), 0} {
      journal_.note(operation, r.axis_, payload);
    }
    ~Note() {
      entry_.end = steady_seconds();
      journal_.add(entry_);
    }
    Note(const Note&) = delete;
    Note& operator=(const Note&) = delete;

   private:
    Journal& journal_;
    CollectiveScope under_way_;
    Entry entry_;
  };

  std::unique_ptr<Collectives> inner_;
  mesh::Axis axis_;
  Journal& journal_;
  DType sum_transfer_;
};

}  // namespace

std::unique_ptr<Collectives> make_recording_collectives(std::unique_ptr<Collectives> inner, mesh::Axis axis,
                                                        Journal& journal, DType sum_transfer) {
  return std::make_unique<RecordingCollectives>(std::move(inner), axis, journal, sum_transfer);
}

std::unique_ptr<Collectives> make_paper_collectives(Member member, mesh::Axis axis, Journal& journal,
                                                    DType sum_transfer) {
  return make_recording_collectives(std::make_unique<PaperCollectives>(member, axis), axis, journal,
                                    sum_transfer);
}

}  // namespace fullshard::comm
