#include "fullshard/report/tensorboard_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "fullshard/core/error.hpp"
#include "report/crc32c.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::report {

namespace {

template <class T>
T little_endian(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));  // the tests run on little-endian machines
  return value;
}

// The events of a file; fails the test where framing or a checksum is wrong.
std::vector<std::string> events_of(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  std::vector<std::string> events;
  std::string_view rest = content;
  while (!rest.empty()) {
    const auto size = little_endian<uint64_t>(rest);
    EXPECT_EQ(little_endian<uint32_t>(rest.substr(8)), masked_crc32c(rest.substr(0, 8)));
    events.emplace_back(rest.substr(12, size));
    EXPECT_EQ(little_endian<uint32_t>(rest.substr(12 + size)), masked_crc32c(events.back()));
    rest.remove_prefix(size + 16);
  }
  return events;
}

}  // namespace

TEST(TensorboardWriter, begins_with_the_file_version_that_readers_ask_for) {
  test::TempDir dir;

  const TensorboardWriter writer(dir / "tb", RunHeader{});

  const auto events = events_of(writer.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].substr(9), std::string("\x10\x00\x1A\x0D", 4) + "brain.Event:2");  // step 0, field 3
  EXPECT_THAT(events[1], testing::HasSubstr("configuration"));
  EXPECT_THAT(writer.path().filename().string(),
              testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]{10}\\..+\\.[0-9]+\\.0"));
}

TEST(TensorboardWriter, writes_each_value_under_its_tag) {
  test::TempDir dir;
  TensorboardWriter writer(dir.path(), RunHeader{});

  writer.write(StepRecord{.step = 300, .loss = 1.5, .lr = 0.25, .grad_norm = 2, .tokens_per_second = 1000});
  writer.write(EvalRecord{.step = 300, .eval_loss = 0.5});

  const auto events = events_of(writer.path());
  ASSERT_EQ(events.size(), 4u);
  // step 300 as a varint, then Summary{Value{tag: "train/loss", simple_value: 1.5f}, …}
  EXPECT_THAT(events[2], testing::HasSubstr(std::string("\x10\xAC\x02\x2A", 4)));
  EXPECT_THAT(events[2], testing::HasSubstr(std::string("\x0A\x11\x0A\x0Atrain/loss\x15\0\0\xC0\x3F", 19)));
  for (const char* tag : {"train/learning_rate", "train/grad_norm", "train/tokens_per_second"})
    EXPECT_THAT(events[2], testing::HasSubstr(tag));
  EXPECT_THAT(events[2], testing::Not(testing::HasSubstr("train/mfu")));
  EXPECT_THAT(events[3], testing::HasSubstr("eval/loss"));
}

TEST(TensorboardWriter, a_resumed_run_purges_later_steps_from_a_file_that_sorts_after) {
  test::TempDir dir;
  const TensorboardWriter first(dir.path(), RunHeader{});

  const TensorboardWriter second(dir.path(), RunHeader{.resumed_from_step = 5});

  EXPECT_LT(first.path(), second.path());
  // step 6, then SessionLog{status: START}
  EXPECT_EQ(events_of(second.path())[1].substr(9), std::string("\x10\x06\x3A\x02\x08\x01", 6));
}

TEST(TensorboardWriter, a_value_that_is_not_finite_leaves_a_gap) {
  test::TempDir dir;
  TensorboardWriter writer(dir.path(), RunHeader{});

  writer.write(StepRecord{.step = 1, .loss = std::numeric_limits<double>::quiet_NaN(), .lr = 1});

  EXPECT_THAT(events_of(writer.path())[2], testing::Not(testing::HasSubstr("train/loss")));
}

TEST(TensorboardWriter, text_cannot_leave_its_table_cell) {
  const RunHeader header{.model_name = "a|b\n<script>", .configuration = {{"k", "[x](y)"}}};

  const std::string markdown = configuration_markdown(header);

  EXPECT_THAT(markdown, testing::HasSubstr("| a\\|b \\<script\\> |\n"));
  EXPECT_THAT(markdown, testing::HasSubstr("| k | \\[x\\]\\(y\\) |\n"));
}

TEST(TensorboardWriter, a_directory_that_cannot_be_made_is_an_io_error) {
  test::TempDir dir;
  write_file_atomically(dir / "file", "");

  EXPECT_THROW(TensorboardWriter((dir / "file") / "tb", RunHeader{}), IoError);
}

}  // namespace fullshard::report
