#include "fullshard/checkpoint/reader.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "fullshard/checkpoint/describe.hpp"
#include "fullshard/core/files.hpp"
#include "sample.hpp"
#include "support/together.hpp"

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

TEST(Reader, a_flipped_bit_behind_the_last_tensor_is_found) {
  SharedTempDir dir;
  Sample sample;
  sample.tensors.pop_back();  // the last one is the first of its group then: HDF5 writes its link behind it
  const auto path = sample.write(world(), dir.path(), 1);
  const auto tensors = CheckpointReader::open(path).manifest().tensors;
  Bytes end;
  for (const checkpoint::StoredTensor& t : tensors)
    end = std::max(end, t.extents[0].offset + bytes(t.count(), t.dtype));
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path / "state.h5"));
  ASSERT_LT(end.value, size) << "the file ends with a tensor";

  test::on_rank_zero_only([&] { test::flip_byte(path / "state.h5", size - 1); });
  const Outcome outcome = load(path);

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Refused, "between the tensors"); });
}

TEST(Reader, a_changed_side_file_is_found) {
  SharedTempDir dir;
  if (world().rank() == 0) write_file_atomically(dir.path() / "config.json", "{\"a\": 1}");
  const auto path = Sample().write(world(), dir.path(), 1, {dir.path() / "config.json"});

  world().barrier();
  if (world().rank() == 0) write_file_atomically(path / "config.json", "{\"a\": 2}");
  const Outcome outcome = load(path);

  world().barrier();
  if (world().rank() == 0) write_file_atomically(path / "config.json", "{");
  world().barrier();
  const Outcome cut = outcome_of([&] { CheckpointReader::open(path); });

  judge_all_ranks([&] {
    return all_say(outcome, ExitCode::Refused, "config.json") &&
           all_say(cut, ExitCode::Refused, "expected 8 bytes, found 1");
  });
}

TEST(Reader, what_does_not_fit_the_checkpoint_is_refused_with_a_reason) {
  SharedTempDir dir;
  const auto reader = CheckpointReader::open(Sample().write(world(), dir.path(), 1));
  std::vector<float> floats(100);
  std::vector<double> doubles(100);
  const auto attempt = [&](const char* group, const char* name, int64_t first, DeviceSpan dst) {
    return outcome_of([&] { reader.read(group, name, {first}, dst); });
  };
  const DeviceSpan f = device_span(std::span(floats)), d = device_span(std::span(doubles));

  const Outcome unknown = attempt("master", "lm_head.weight", 0, f);
  const Outcome dtype = attempt("master", "model.embed_tokens.weight", 0, d);
  const Outcome beyond = attempt("master", "model.embed_tokens.weight", 613 * 37 - 99, f);
  const Outcome before = attempt("master", "model.embed_tokens.weight", -1, f);

  judge_all_ranks([&] {
    return all_say(unknown, ExitCode::Refused, "no tensor master/lm_head.weight") &&
           all_say(dtype, ExitCode::Refused, "is float32, this run needs float64") &&
           all_say(beyond, ExitCode::Refused, "has 22681 elements") &&
           all_say(before, ExitCode::Refused, "has 22681 elements");
  });
}

TEST(Reader, waits_for_a_checkpoint_that_its_file_system_does_not_show_yet) {
  SharedTempDir dir;
  const auto path = Sample().write(world(), dir.path(), 1);
  const auto hidden = dir.path() / "hidden";
  test::on_rank_zero_only([&] { std::filesystem::rename(path, hidden); });
  const Outcome impatient = outcome_of([&] { CheckpointReader::open(path); });
  world().barrier();

  std::jthread shows_later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (world().rank() == 0) std::filesystem::rename(hidden, path);
  });
  const Outcome patient =
      outcome_of([&] { CheckpointReader::open(path, {.patience = std::chrono::seconds(30)}); });

  judge_all_ranks([&] {
    return all_say(impatient, ExitCode::Refused, "not a complete checkpoint") &&
           patient.code == ExitCode::Done;
  });
}

TEST(Reader, one_process_finds_all_damage_and_the_digests_of_what_is_there) {
  SharedTempDir dir;
  const Sample sample;
  test::on_rank_zero_only([&] { write_file_atomically(dir.path() / "config.json", "{}"); });
  const auto path = sample.write(world(), dir.path(), 1, {dir.path() / "config.json"});
  const auto reader = CheckpointReader::open(path);
  const checkpoint::Examination intact = reader.examine();
  const auto offset = [&](size_t t) { return reader.tensors()[t].extents[0].offset.value; };

  test::on_rank_zero_only([&] {
    for (const int64_t at : {offset(0), offset(5), int64_t{9}}) test::flip_byte(path / "state.h5", at);
    write_file_atomically(path / "config.json", "[]");
  });
  const checkpoint::Examination damaged = reader.examine();

  judge_all_ranks([&] {
    EXPECT_TRUE(intact.damage.empty());
    for (size_t t = 0; t < sample.tensors.size(); ++t) {
      EXPECT_EQ(intact.tensors[t], digest_of(sample.whole(t), {0}));
      EXPECT_EQ(damaged.tensors[t] == intact.tensors[t], t != 0 && t != 5) << t;
    }
    std::string all;
    for (const checkpoint::Damage& d : damaged.damage)
      all += d.file.filename().string() + " " + d.what + "\n";
    EXPECT_EQ(damaged.damage.size(), 4u) << all;
    for (const char* expected : {"state.h5 tensor master/model.embed_tokens.weight is damaged",
                                 "state.h5 tensor exp_avg_sq/codes is damaged",
                                 "state.h5 what lies between the tensors", "config.json expected hash"})
      EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
    return !testing::Test::HasFailure();
  });
}

TEST(Describe, digests_are_those_of_the_data_whatever_ranks_wrote_it) {
  SharedTempDir dir;
  const Sample sample;
  const auto path = sample.write(world(), dir.path(), 1);
  Digest all;
  for (size_t t = 0; t < sample.tensors.size(); ++t)
    all += state_part(sample.tensors[t], digest_of(sample.whole(t), {0}));

  const Description recorded = checkpoint::describe_checkpoint(path, Digests::Omit);
  const Description intact = checkpoint::describe_checkpoint(path, Digests::Include);
  const auto at = CheckpointReader::open(path).tensors()[2].extents[0].offset.value;
  test::on_rank_zero_only([&] { test::flip_byte(path / "state.h5", at); });
  const Description damaged = checkpoint::describe_checkpoint(path, Digests::Include);

  judge_all_ranks([&] {
    EXPECT_NE(recorded.text.find("digest        " + all.hex() + "  (of the manifest"), std::string::npos);
    EXPECT_NE(intact.text.find("digest        " + all.hex() + "  (manifest.json says the same)\n"),
              std::string::npos)
        << intact.text;
    EXPECT_NE(intact.text.find(" " + digest_of(sample.whole(5), {0}).hex() + "\n"), std::string::npos);
    EXPECT_TRUE(recorded.damage.empty() && intact.damage.empty());
    EXPECT_EQ(damaged.text.find("digest        " + all.hex()), std::string::npos);
    EXPECT_NE(damaged.text.find("(manifest.json says " + all.hex() + ")"), std::string::npos);
    EXPECT_EQ(damaged.damage.size(), 1u);
    return !testing::Test::HasFailure();
  });
}

TEST(Describe, says_step_state_ties_and_files) {
  SharedTempDir dir;

  const std::string text =
      checkpoint::describe_checkpoint(Sample().write(world(), dir.path(), 250), Digests::Omit).text;

  judge_all_ranks([&] {
    for (const char* expected : {"250", "master (float32): 1 tensors, 22,681 elements", "exp_avg_sq (uint8)",
                                 "lm_head.weight = model.embed_tokens.weight", "state.h5"})
      if (text.find(expected) == std::string::npos) {
        ADD_FAILURE() << expected << " is missing in\n" << text;
        return false;
      }
    return true;
  });
}

}  // namespace fullshard
