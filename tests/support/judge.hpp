#pragma once
// MPI tests judge together: a rank that leaves a test alone would leave the others in their next collective
// for ever.

#include <gtest/gtest.h>

#include <string>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::test {

/// The communicator of the whole test run; tests/support/mpi_main.cpp owns it.
const mpi::Communicator& world();

/// Evaluates `holds` on every rank; the calling test fails on all ranks if any says false, naming those.
template <class Holds>
void judge_all_ranks(Holds&& holds, const std::string& what = "") {
  bool mine = false;
  try {
    mine = holds();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "rank " << world().rank() << " threw: " << e.what();
  }
  std::string failed;
  const auto all = world().all_gather(static_cast<int64_t>(mine));
  for (size_t r = 0; r < all.size(); ++r)
    if (all[r] == 0) failed += " " + std::to_string(r);
  ASSERT_TRUE(failed.empty()) << what << " fails on rank(s)" << failed;
}

}  // namespace fullshard::test
