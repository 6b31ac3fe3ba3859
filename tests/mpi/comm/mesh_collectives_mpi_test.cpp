#include "fullshard/comm/mesh_collectives.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "support/judge.hpp"

namespace fullshard::comm {

using test::judge_all_ranks;
using test::world;

namespace {

/// Each rank a node of its own: with several, work is done beside the computation.
mesh::Mesh nodes_of_one_rank() {
  const int ranks = world().size();
  return mesh::Mesh::from_hosts(std::vector<std::string>(static_cast<size_t>(ranks), "here"), ranks);
}

}  // namespace

TEST(MeshCollectives, what_is_waited_for_at_the_end_of_a_step_is_exposed_too) {
  MeshCollectives axes(world(), nodes_of_one_rank());

  axes.submit(Flow::Gradients, UnitIndex(0),
              [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); });
  axes.drain();

  // How long depends on when the machine lets this thread go on.
  judge_all_ranks([&] { return axes.journal().totals().exposed > 0; });
}

}  // namespace fullshard::comm
