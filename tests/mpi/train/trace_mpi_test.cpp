#include "fullshard/train/trace.hpp"

#include <gmock/gmock.h>

#include "fullshard/convert/import.hpp"
#include "fullshard/core/files.hpp"
#include "support/tiny_model.hpp"
#include "support/together.hpp"

namespace fullshard::train {

using test::judge_all_ranks;
using test::world;
using testing::HasSubstr;

TEST(Trace, has_computing_waiting_and_communicating_of_every_rank) {
  test::SharedTempDir dir;
  config::RunConfig run;
  run.sharding.strategy = config::Strategy::Zero3;
  run.sharding.mesh_nodes = world().size();
  Engine engine(test::tiny_config(), run, world(), shard::Purpose::Train);
  convert::initialise_randomly(1, engine.store);
  const std::vector<int32_t> ids{3, 4, 5, 6};
  const std::vector<int32_t> starts{0, 4};

  Trace trace(engine, world());
  engine.loop.micro_step({ids, ids, starts}, {engine.gradients.deal(world().size()), 0});
  trace.write(dir.path() / "trace.json");

  const std::string text = read_file(dir.path() / "trace.json");
  for (int r = 0; r < world().size(); ++r) {
    const std::string pid = "\"pid\":" + std::to_string(r);
    EXPECT_THAT(text, HasSubstr("rank " + std::to_string(r) + " (node " + std::to_string(r) + ", local 0)"));
    EXPECT_THAT(text, HasSubstr("\"ph\":\"X\",\"name\":\"forward block 1\"," + pid + ",\"tid\":0"));
    EXPECT_THAT(text,
                HasSubstr("\"ph\":\"X\",\"name\":\"reduce_scatter node block 2\"," + pid + ",\"tid\":2"));
  }
  judge_all_ranks([&] { return engine.axes.journal().entries().empty(); });
}

}  // namespace fullshard::train
