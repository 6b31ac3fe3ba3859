#include "fullshard/core/convert_dtype.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "fullshard/core/rng.hpp"

namespace fullshard {

namespace {

// The definition, by arithmetic: sign, exponent bits, fraction bits.
double value_by_definition(uint32_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double fraction = bits & ((1u << fraction_bits) - 1);
  const double sign = (bits >> (exponent_bits + fraction_bits)) & 1 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1)
    return fraction > 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1u << fraction_bits), exponent - bias - fraction_bits);
}

struct Narrow {
  DType dtype;
  int exponent_bits, fraction_bits;
  uint32_t infinity() const { return ((1u << exponent_bits) - 1) << fraction_bits; }
  double value(uint32_t bits) const { return value_by_definition(bits, exponent_bits, fraction_bits); }
};
constexpr Narrow kNarrow[] = {{DType::BF16, 8, 7}, {DType::F16, 5, 10}};

template <class T>
std::vector<uint16_t> narrowed(const std::vector<T>& wide, DType to) {
  std::vector<uint16_t> out(wide.size());
  convert_dtype({std::as_writable_bytes(std::span(out)).data(), {static_cast<int64_t>(out.size())}, to},
                device_span(std::span<const T>(wide)));
  return out;
}

template <class T>
std::vector<T> widened(const std::vector<uint16_t>& narrow, DType from) {
  std::vector<T> out(narrow.size());
  convert_dtype(device_span(std::span<T>(out)),
                {std::as_bytes(std::span(narrow)).data(), {static_cast<int64_t>(narrow.size())}, from});
  return out;
}

std::vector<uint16_t> all_patterns() {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

}  // namespace

TEST(ConvertDtype, every_narrow_pattern_widens_to_the_value_of_its_definition) {
  for (const Narrow& format : kNarrow) {
    const std::vector<float> f = widened<float>(all_patterns(), format.dtype);
    const std::vector<double> d = widened<double>(all_patterns(), format.dtype);

    for (uint32_t i = 0; i < 65536; ++i) {
      const double expected = format.value(i);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(f[i]) && std::isnan(d[i])) << i;
      } else {
        ASSERT_EQ(double{f[i]}, expected) << i;
        ASSERT_EQ(d[i], expected) << i;
        ASSERT_EQ(std::signbit(f[i]), std::signbit(expected)) << i;
      }
    }
  }
}

TEST(ConvertDtype, every_narrow_pattern_comes_back_and_nans_stay_nans) {
  for (const Narrow& format : kNarrow) {
    const auto from_float = narrowed(widened<float>(all_patterns(), format.dtype), format.dtype);
    const auto from_double = narrowed(widened<double>(all_patterns(), format.dtype), format.dtype);

    for (uint32_t i = 0; i < 65536; ++i) {
      if (std::isnan(format.value(i))) {
        ASSERT_TRUE(std::isnan(format.value(from_float[i])) && std::isnan(format.value(from_double[i]))) << i;
      } else {
        ASSERT_EQ(from_float[i], i);
        ASSERT_EQ(from_double[i], i);
      }
    }
  }
}

TEST(ConvertDtype, the_middle_of_two_neighbours_goes_to_the_even_one_and_its_sides_to_the_nearer) {
  for (const Narrow& format : kNarrow) {
    for (uint32_t i = 0; i < format.infinity(); ++i) {
      // Beyond the largest finite value the next step counts as finite (IEEE 754, 4.3.1).
      const double low = format.value(i);
      const double high = i + 1 == format.infinity() ? 2 * low - format.value(i - 1) : format.value(i + 1);
      const double middle = low + (high - low) / 2;
      const uint16_t even = static_cast<uint16_t>(i % 2 == 0 ? i : i + 1);
      const uint16_t below = static_cast<uint16_t>(i), above = static_cast<uint16_t>(i + 1);

      const std::vector<double> d{middle, std::nextafter(middle, 0), std::nextafter(middle, HUGE_VAL),
                                  -middle};
      ASSERT_EQ(narrowed(d, format.dtype),
                (std::vector<uint16_t>{even, below, above, static_cast<uint16_t>(even | 0x8000)}))
          << i;
      const float m = static_cast<float>(middle);  // exact: one more bit than the format has
      const std::vector<float> f{m, std::nextafter(m, 0.f), std::nextafter(m, HUGE_VALF), -m};
      ASSERT_EQ(narrowed(f, format.dtype),
                (std::vector<uint16_t>{even, below, above, static_cast<uint16_t>(even | 0x8000)}))
          << i;
    }
  }
}

TEST(ConvertDtype, float16_and_bfloat16_convert_into_each_other_through_their_exact_value) {
  const auto bf16 = all_patterns();
  std::vector<uint16_t> f16(bf16.size());
  convert_dtype({std::as_writable_bytes(std::span(f16)).data(), {65536}, DType::F16},
                {std::as_bytes(std::span(bf16)).data(), {65536}, DType::BF16});

  EXPECT_EQ(f16, narrowed(widened<double>(bf16, DType::BF16), DType::F16));
}

TEST(ConvertDtype, double_to_float_rounds_to_nearest) {
  std::vector<double> d(1000);
  for (size_t i = 0; i < d.size(); ++i) d[i] = CounterRng(1, 2).normal(i) * std::pow(10., i % 60 - 30.);
  std::vector<float> f(d.size());

  convert_dtype(device_span(std::span<float>(f)), device_span(std::span<const double>(d)));

  for (size_t i = 0; i < d.size(); ++i) ASSERT_EQ(f[i], static_cast<float>(d[i]));
}

TEST(ConvertDtype, equal_dtypes_are_copied_and_integers_convert_into_nothing_else) {
  const std::vector<int64_t> in{1, -2, INT64_MIN};
  std::vector<int64_t> out(3);
  std::vector<float> floats(3);

  convert_dtype(device_span(std::span<int64_t>(out)), device_span(std::span<const int64_t>(in)));

  EXPECT_EQ(in, out);
  EXPECT_THROW(
      convert_dtype(device_span(std::span<float>(floats)), device_span(std::span<const int64_t>(in))),
      InternalError);
}

}  // namespace fullshard
