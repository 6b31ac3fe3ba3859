#include "fullshard/checkpoint/reader.hpp"

#include "fullshard/core/files.hpp"
#include "sample.hpp"
#include "together.hpp"

namespace fullshard {

using checkpoint::CheckpointReader;
using test::all_say;
using test::judge_all_ranks;
using test::Outcome;
using test::outcome_of;
using test::Sample;
using test::SharedTempDir;
using test::world;

namespace {

/// Opens and verifies on all ranks.
Outcome load(const std::filesystem::path& path) {
  world().barrier();
  Outcome o = outcome_of([&] { CheckpointReader::open(path); });
  if (world().max(static_cast<int64_t>(o.code)) == 0)
    o = outcome_of([&] { CheckpointReader::open(path).verify(world()); });
  return o;
}

}  // namespace

TEST(Reader, an_intact_checkpoint_verifies) {
  SharedTempDir dir;

  const auto path = Sample().write(world(), dir.path(), 1);

  judge_all_ranks([&] { return load(path).code == ExitCode::Done; });
}

TEST(Reader, a_flipped_bit_in_any_tensor_is_found_and_named) {
  SharedTempDir dir;
  const Sample sample;
  const auto path = sample.write(world(), dir.path(), 1);
  const auto tensors = CheckpointReader::open(path).manifest().tensors;
  world().barrier();

  for (const checkpoint::StoredTensor& t : tensors) {
    const int64_t last = t.extents[0].offset.value + bytes(t.count(), t.dtype).value - 1;
    if (world().rank() == 0) test::flip_byte(path / "state.h5", last);
    const Outcome outcome = load(path);
    world().barrier();
    if (world().rank() == 0) test::flip_byte(path / "state.h5", last);

    judge_all_ranks(
        [&] { return all_say(outcome, ExitCode::Refused, t.group + "/" + t.name + " is damaged"); });
  }
}

TEST(Reader, a_flipped_bit_between_the_tensors_is_found) {
  SharedTempDir dir;
  const auto path = Sample().write(world(), dir.path(), 1);

  world().barrier();
  if (world().rank() == 0) test::flip_byte(path / "state.h5", 9);  // in HDF5's superblock
  const Outcome outcome = load(path);

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Refused, "between the tensors"); });
}

TEST(Reader, a_changed_side_file_is_found) {
  SharedTempDir dir;
  const Sample sample;
  if (world().rank() == 0) write_file_atomically(dir.path() / "config.json", "{\"a\": 1}");
  const auto mine = sample.extents(world().rank(), world().size());
  const auto path = checkpoint::write_checkpoint(world(), {.output_dir = dir.path(),
                                                           .run = Sample::run(1),
                                                           .tensors = sample.tensors,
                                                           .extents = mine,
                                                           .side_files = {dir.path() / "config.json"}});

  world().barrier();
  if (world().rank() == 0) write_file_atomically(path / "config.json", "{\"a\": 2}");
  const Outcome outcome = load(path);

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Refused, "config.json"); });
}

}  // namespace fullshard
