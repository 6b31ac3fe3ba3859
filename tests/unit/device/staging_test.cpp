#include "fullshard/device/staging.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "fullshard/device/gpus.hpp"

namespace fullshard::device {

namespace {

constexpr DeviceId kGpu{0};
constexpr int64_t kCount = (int64_t{20} << 20) + 3;  // two pieces of fp32

}  // namespace

TEST(Staging, host_memory_is_used_as_it_is) {
  std::vector<float> memory(5);
  Staging staging;
  staging.fill(device_span(std::span(memory)), [&](Elems first, DeviceSpan piece) {
    EXPECT_EQ(first, Elems{0});
    EXPECT_EQ(piece.as<float>().data(), memory.data());
    piece.as<float>()[4] = 7;
  });
  staging.read(device_span(std::span<const float>(memory)),
               [&](Elems, ConstDeviceSpan piece) { EXPECT_EQ(piece.as<float>()[4], 7); });
}

TEST(Staging, what_is_filled_on_a_gpu_is_read_back_piece_by_piece) {
  const Buffer memory({kCount}, DType::F32, kGpu);
  Staging staging;
  int pieces = 0;
  staging.fill(memory.span(), [&](Elems first, DeviceSpan piece) {
    std::iota(piece.as<float>().begin(), piece.as<float>().end(), static_cast<float>(first.value % 1000));
    ++pieces;
  });
  EXPECT_EQ(pieces, 2);

  int64_t right = 0;
  staging.read(memory.span(), [&](Elems first, ConstDeviceSpan piece) {
    const auto values = piece.as<float>();
    for (size_t i = 0; i < values.size(); ++i)
      right += values[i] == static_cast<float>(first.value % 1000) + static_cast<float>(i);
  });
  EXPECT_EQ(right, kCount);
}

TEST(DeviceSpan, of_a_gpu_is_not_read_as_host_memory) {
  const Buffer memory({3}, DType::F32, kGpu);

  EXPECT_THROW(memory.span().as<float>(), InternalError);
}

TEST(Copy, between_dtypes_or_counts_is_refused) {
  const Buffer a({3}, DType::F32, kGpu), b({4}, DType::F32, kGpu), c({3}, DType::F64, kGpu);

  EXPECT_THROW(device::copy(a.span(), b.span(), Stream::computing(kGpu)), InternalError);
  EXPECT_THROW(device::copy(a.span(), c.span(), Stream::computing(kGpu)), InternalError);
}

TEST(Buffer, fresh_memory_of_a_gpu_is_zero) {
  const Buffer memory({1000}, DType::F32, kGpu);
  Staging().read(memory.span(), [](Elems, ConstDeviceSpan piece) {
    for (const float x : piece.as<float>()) ASSERT_EQ(x, 0);
  });
}

TEST(Gpus, this_program_sees_those_of_the_fake_driver) {
  EXPECT_TRUE(has_cuda());
  EXPECT_EQ(num_gpus(), 8);
  EXPECT_EQ(name_of(kGpu), "Fake GPU");
}

}  // namespace fullshard::device
