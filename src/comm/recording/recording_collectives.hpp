#pragma once

#include "fullshard/comm/collectives.hpp"
#include "fullshard/comm/journal.hpp"

namespace fullshard::comm {

/// Place in a group.
struct Member {
  int rank, size;
};

/// Notes every operation in `journal`, which must outlive it, and lets `inner` do it.
std::unique_ptr<Collectives> make_recording_collectives(std::unique_ptr<Collectives> inner, mesh::Axis axis,
                                                        Journal& journal, DType sum_transfer);

/// Notes what would be done, and does nothing: memory is promised and never touched.
std::unique_ptr<Collectives> make_paper_collectives(Member member, mesh::Axis axis, Journal& journal,
                                                    DType sum_transfer);

}  // namespace fullshard::comm
