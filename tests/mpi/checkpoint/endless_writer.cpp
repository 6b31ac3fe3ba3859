// Writes checkpoints of rising steps into argv[1], keeping the last two, until it is killed.

#include "fullshard/checkpoint/catalog.hpp"
#include "fullshard/mpi/environment.hpp"
#include "sample.hpp"

int main(int argc, char** argv) {
  using namespace fullshard;
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world = mpi::Communicator::world();
  for (int64_t step = 1;; ++step) {
    test::Sample(static_cast<uint64_t>(step)).write(world, argv[1], step);
    checkpoint::apply_retention(argv[1], {.keep_last = 2, .keep_best = {}});
  }
}
