#include "fullshard/core/sizes.hpp"

#include <array>

#include "fullshard/core/check.hpp"

namespace fullshard {

std::string human(Bytes n) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double v = static_cast<double>(n.value);
  size_t unit = 0;
  while (v >= 1024 && unit + 1 < kUnits.size()) {
    v /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", n.value) : fmt::format("{:.2f} {}", v, kUnits[unit]);
}

int64_t div_exact(int64_t a, int64_t b) {
  FS_CHECK(b > 0 && a % b == 0, "{} is not divisible by {}", a, b);
  return a / b;
}

}  // namespace fullshard
