#include "fullshard/kernels/streaming.hpp"

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

TEST(Streaming, copies_every_length_between_all_offsets_in_a_line_and_nothing_else) {
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

/// Every length around a line, from every offset of an element in it; into memory of its own, or into a.
template <class T>
void check_sums() {
  for (int64_t n = 0; n < 50; ++n)
    for (size_t to = 0; to < 64 / sizeof(T); ++to)
      for (const bool onto_a : {false, true}) {
        std::vector<T> a(128), b(128), sum(128, T{-1});
        for (size_t i = 0; i < a.size(); ++i)
          a[i] = static_cast<T>(0.1) * static_cast<T>(i), b[i] = static_cast<T>(i % 7) / 3;
        std::vector<T>& target = onto_a ? a : sum;
        std::vector<T> expected = target;
        const size_t from = onto_a ? to : 3;
        for (size_t i = 0; i < static_cast<size_t>(n); ++i) expected[to + i] = a[from + i] + b[i];
        stream_add(target.data() + to, a.data() + from, b.data(), n);
        ASSERT_EQ(target, expected) << n << " elements to " << to;
      }
}

TEST(Streaming, adds_every_length_at_all_offsets_in_a_line_and_writes_nothing_else) {
  check_sums<float>();
  check_sums<double>();
}

}  // namespace

}  // namespace fullshard::kernels
