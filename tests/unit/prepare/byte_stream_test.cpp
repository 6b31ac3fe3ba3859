#include "fullshard/prepare/byte_stream.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "prepare/files.hpp"

namespace fullshard::prepare {
namespace {

using test::gzip;
using test::write;
using test::zstd;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string read_all(ByteStream& bytes, size_t step) {
  std::string all, room(step, '\0');
  for (;;) {
    const size_t n = bytes.read(room);
    all.append(room, 0, n);
    if (n < step) return all;
  }
}

// Compresses little, so that the input goes over several reads.
std::string noise(size_t size) {
  std::string out(size, '\0');
  uint64_t state = 1;
  for (char& c : out) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  return out;
}

struct Format {
  Container container;
  std::string (*pack)(std::string_view);
};
const std::vector<Format> kFormats{{Container::Plain, [](std::string_view s) { return std::string(s); }},
                                   {Container::Gzip, gzip},
                                   {Container::Zstd, zstd}};

TEST(ByteStream, gives_what_was_packed_in_steps_of_any_size) {
  const fullshard::test::TempDir dir;
  const std::string content = noise(700'000);

  for (const Format& format : kFormats)
    for (const size_t step : {1000u, 262'144u, 5'000'000u})
      EXPECT_TRUE(read_all(*open_stream(write(dir / "f", format.pack(content)), format.container), step) ==
                  content)
          << static_cast<int>(format.container) << " " << step;
}

TEST(ByteStream, members_that_follow_each_other_are_one_text) {
  const fullshard::test::TempDir dir;

  const auto gz = open_stream(write(dir / "gz", gzip("one\n") + gzip("") + gzip("two\n")), Container::Gzip);
  const auto zst = open_stream(write(dir / "zst", zstd("one\n") + zstd("two\n")), Container::Zstd);

  EXPECT_EQ(read_all(*gz, 64), "one\ntwo\n");
  EXPECT_EQ(read_all(*zst, 64), "one\ntwo\n");
}

TEST(ByteStream, seeks_forward_back_and_to_the_end) {
  const fullshard::test::TempDir dir;
  const std::string content = noise(600'000);
  for (const Format& format : kFormats) {
    const auto bytes = open_stream(write(dir / "f", format.pack(content)), format.container);
    std::string four(4, '\0');

    EXPECT_EQ(bytes->seek(599'990), 599'990);
    bytes->read(four);
    EXPECT_EQ(four, content.substr(599'990, 4));
    EXPECT_EQ(bytes->seek(5), 5);
    bytes->read(four);
    EXPECT_EQ(four, content.substr(5, 4));
    EXPECT_EQ(bytes->seek(1 << 30), 600'000);
    EXPECT_EQ(bytes->read(four), 0u);
  }
}

TEST(ByteStream, a_compressed_file_that_is_cut_short_or_damaged_is_refused) {
  const fullshard::test::TempDir dir;
  for (const Format& format : {kFormats[1], kFormats[2]}) {
    const std::string packed = format.pack(noise(300'000));
    std::string damaged = packed;
    damaged[150'000] ^= 0x55;
    const auto reading = [&](const std::string& content) {
      return [&, content] { read_all(*open_stream(write(dir / "f", content), format.container), 4096); };
    };

    EXPECT_THAT(reading(packed.substr(0, packed.size() / 2)),
                ThrowsMessage<DataError>(HasSubstr("ends in the middle of its data")));
    EXPECT_THAT(reading(packed.substr(0, packed.size() - 1)),
                ThrowsMessage<DataError>(HasSubstr("ends in the middle of its data")));
    EXPECT_THAT(reading(packed + "and more"), ThrowsMessage<DataError>(HasSubstr("is something else")));
    EXPECT_EQ(
        read_all(*open_stream(write(dir / "f", packed + std::string(1000, '\0')), format.container), 4096)
            .size(),
        300'000u);
    // A gzip member has a checksum; whether a zstd frame has one its maker decides.
    if (format.container == Container::Gzip) {
      EXPECT_THAT(reading(damaged), ThrowsMessage<DataError>(HasSubstr("make the file anew")));
    }
  }
}

TEST(ByteStream, what_is_no_regular_file_is_refused) {
  const fullshard::test::TempDir dir;

  EXPECT_THAT([&] { open_stream(dir.path(), Container::Plain); },
              ThrowsMessage<DataError>(HasSubstr("expected a regular file")));
  EXPECT_THROW(open_stream(dir / "absent", Container::Plain), IoError);
}

}  // namespace
}  // namespace fullshard::prepare
