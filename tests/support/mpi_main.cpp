// main() of every MPI test: initialises MPI, lets rank 0 print (others print failures only), returns the
// worst status.

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>

#include "fullshard/mpi/environment.hpp"
#include "support/judge.hpp"

namespace fullshard::test {

namespace {

std::optional<mpi::Communicator>
    g_world;  // a test's world: googletest offers no way to hand it to test bodies

class FailuresWithRank : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (result.failed())
      std::fprintf(stderr, "[rank %d] %s:%d: %s\n", world().rank(),
                   result.file_name() ? result.file_name() : "?", result.line_number(), result.message());
  }
};

}  // namespace

const mpi::Communicator& world() {
  return *g_world;
}

}  // namespace fullshard::test

int main(int argc, char** argv) {
  fullshard::mpi::Environment environment(argc, argv);
  fullshard::test::g_world = fullshard::mpi::Communicator::world();
  ::testing::InitGoogleTest(&argc, argv);
  if (fullshard::test::world().rank() != 0) {
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new fullshard::test::FailuresWithRank);
  }
  const int mine = RUN_ALL_TESTS();
  const int worst = static_cast<int>(fullshard::test::world().max(int64_t{mine}));
  fullshard::test::g_world.reset();
  return worst;
}
