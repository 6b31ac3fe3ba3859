#include "fullshard/core/pages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

namespace fullshard {

namespace {

uintptr_t address(const Pages& p) {
  return reinterpret_cast<uintptr_t>(p.data());
}

}  // namespace

TEST(Pages, are_zeroes_that_can_be_written_up_to_the_last_byte) {
  for (const int64_t size : {int64_t{1}, int64_t{4097}, kHugePage.value - 1, kHugePage.value + 1}) {
    const Pages pages(Bytes{size});

    EXPECT_TRUE(
        std::all_of(pages.data(), pages.data() + size, [](std::byte b) { return b == std::byte{0}; }));
    pages.data()[size - 1] = std::byte{7};
  }
}

TEST(Pages, start_on_a_huge_page_where_they_are_large) {
  const Pages first(kHugePage), second(Bytes{3 * kHugePage.value + 5});

  EXPECT_EQ(address(first) % static_cast<uintptr_t>(kHugePage.value), 0u);
  EXPECT_EQ(address(second) % static_cast<uintptr_t>(kHugePage.value), 0u);
}

TEST(Pages, of_nothing_have_an_address_and_default_ones_none) {
  EXPECT_NE(Pages(Bytes{0}).data(), nullptr);
  EXPECT_EQ(Pages().data(), nullptr);
}

TEST(Pages, belong_to_one_owner) {
  Pages first(Bytes{100});
  std::byte* const memory = first.data();

  const Pages second = std::move(first);

  EXPECT_EQ(second.data(), memory);
}

TEST(Pages, more_than_the_address_space_is_a_bad_alloc) {
  EXPECT_THROW(Pages(Bytes{int64_t{1} << 60}), std::bad_alloc);
}

}  // namespace fullshard
