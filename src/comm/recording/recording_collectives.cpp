#include "comm/recording/recording_collectives.hpp"

#include <utility>

#include "comm/host_region.hpp"
#include "fullshard/core/clock.hpp"

namespace fullshard::comm {

namespace {

// A group of which nobody is there.
class PaperCollectives final : public Collectives {
 public:
  PaperCollectives(Member member, bool common_memory) : member_(member), common_memory_(common_memory) {}
  int rank() const override { return member_.rank; }
  int size() const override { return member_.size; }
  void all_gather(DeviceSpan, ConstDeviceSpan) override {}
  void reduce_scatter(DeviceSpan, ConstDeviceSpan, Sum) override {}
  void all_combine(DeviceSpan) override {}
  bool common_memory() const override { return common_memory_; }
  void settle() override {}
  RegionHandle allocate(Elems count, DType dtype, Sharing) override {
    return std::make_unique<HostRegion>(count, dtype);
  }

 private:
  Member member_;
  bool common_memory_;
};

class RecordingCollectives final : public Collectives {
 public:
  RecordingCollectives(std::unique_ptr<Collectives> inner, mesh::Axis axis, Recorder recorder)
      : inner_(std::move(inner)), axis_(axis), recorder_(std::move(recorder)) {}
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }

  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    const Note note(*this, Operation::AllGather, src.size(), src.size() * (size() - 1));
    inner_->all_gather(dst, src);
  }

  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override {
    const DType wire =
        dst.dtype == DType::F32 && axis_ == mesh::Axis::Node ? recorder_.sum_transfer : dst.dtype;
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
    const CollectiveScope under_way = recorder_.journal.under_way("settle", axis_, Bytes{});
    inner_->settle();
  }
  RegionHandle allocate(Elems count, DType dtype, Sharing sharing) override {
    return inner_->allocate(count, dtype, sharing);
  }

 private:
  // From the beginning of an operation to its end, on whatever device that is.
  class Note {
   public:
    Note(const RecordingCollectives& r, Operation operation, Bytes payload, Bytes sent)
        : recorder_(r.recorder_),
          under_way_(recorder_.journal.under_way(
              name_of(operation), r.axis_, operation == Operation::Combine ? payload : payload * r.size())),
          entry_{operation, r.axis_, recorder_.journal.unit(), sent, steady_seconds(), 0},
          begin_(recorder_.clock ? recorder_.clock->mark(recorder_.stream()) : 0) {
      recorder_.journal.note(operation, r.axis_, payload);
    }
    ~Note() {
      if (recorder_.clock) {
        note_later();
      } else {
        entry_.end = steady_seconds();
        recorder_.journal.add(entry_);
      }
    }
    Note(const Note&) = delete;
    Note& operator=(const Note&) = delete;

   private:
    void note_later() const {
      if (const auto what = recorder_.journal.last_on_board())
        recorder_.launched->add(*what, recorder_.stream());
      recorder_.clock->note(begin_, recorder_.clock->mark(recorder_.stream()),
                            [&journal = recorder_.journal, entry = entry_](double begin, double end) mutable {
                              entry.begin = begin;
                              entry.end = end;
                              journal.add(entry);
                            });
    }

    const Recorder& recorder_;
    CollectiveScope under_way_;
    Entry entry_;
    DeviceClock::Mark begin_;
  };

  std::unique_ptr<Collectives> inner_;
  mesh::Axis axis_;
  Recorder recorder_;
};

}  // namespace

std::unique_ptr<Collectives> record(std::unique_ptr<Collectives> inner, mesh::Axis axis, Recorder recorder) {
  return std::make_unique<RecordingCollectives>(std::move(inner), axis, std::move(recorder));
}

std::unique_ptr<Collectives> make_paper_collectives(Member member, bool common_memory) {
  return std::make_unique<PaperCollectives>(member, common_memory);
}

}  // namespace fullshard::comm
