#include "fullshard/kernels/stream_copy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fullshard::kernels {

namespace {

std::vector<std::byte> bytes_up_from(int first, size_t n) {
  std::vector<std::byte> all(n);
  for (size_t i = 0; i < n; ++i) all[i] = static_cast<std::byte>(first + static_cast<int>(i % 251));
  return all;
}

TEST(StreamCopy, copies_every_length_between_all_offsets_in_a_line_and_nothing_else) {
  const std::vector<std::byte> source = bytes_up_from(1, 512), before = bytes_up_from(7, 512);
  for (const size_t n : {0, 1, 15, 16, 63, 64, 65, 127, 128, 200, 320})
    for (size_t to = 0; to < 64; to += 3)
      for (const size_t from : {0, 1, 5, 32}) {
        std::vector<std::byte> target = before, expected = before;
        std::copy_n(source.begin() + static_cast<long>(from), n, expected.begin() + static_cast<long>(to));
        stream_copy(target.data() + to, source.data() + from, {static_cast<int64_t>(n)});
        ASSERT_EQ(target, expected) << n << " bytes from " << from << " to " << to;
      }
}

}  // namespace

}  // namespace fullshard::kernels
