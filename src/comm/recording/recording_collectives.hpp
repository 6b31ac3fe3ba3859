#pragma once

#include "comm/stream_in_use.hpp"
#include "fullshard/comm/collectives.hpp"
#include "fullshard/comm/device_clock.hpp"
#include "fullshard/comm/journal.hpp"
#include "fullshard/comm/launched.hpp"

namespace fullshard::comm {

/// Who notes what, and by which clock. All of it must outlive the collectives.
struct Recorder {
  Journal& journal;
  DType sum_transfer;
  DeviceClock* clock = nullptr;  ///< null: the host's
  StreamInUse stream = {};       ///< with a clock
  Launched* launched = nullptr;  ///< with a clock
};

/// Notes every operation of `inner`.
std::unique_ptr<Collectives> record(std::unique_ptr<Collectives> inner, mesh::Axis axis, Recorder recorder);

/// Place in a group.
struct Member {
  int rank, size;
};

/// A group of which nobody is there: does nothing; memory is promised and never touched.
std::unique_ptr<Collectives> make_paper_collectives(Member member, bool common_memory);

}  // namespace fullshard::comm
