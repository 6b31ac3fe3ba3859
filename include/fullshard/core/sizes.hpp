#pragma once
// Element counts and byte counts are not interchangeable.

#include <compare>
#include <cstdint>
#include <string>

#include "fullshard/core/dtype.hpp"

namespace fullshard {

struct Elems {
  int64_t value = 0;
  constexpr auto operator<=>(const Elems&) const = default;
  constexpr Elems operator+(Elems o) const { return {value + o.value}; }
  constexpr Elems operator-(Elems o) const { return {value - o.value}; }
  constexpr Elems operator*(int64_t n) const { return {value * n}; }
  constexpr Elems& operator+=(Elems o) {
    value += o.value;
    return *this;
  }
};

struct Bytes {
  int64_t value = 0;
  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes operator+(Bytes o) const { return {value + o.value}; }
  constexpr Bytes operator-(Bytes o) const { return {value - o.value}; }
  constexpr Bytes operator*(int64_t n) const { return {value * n}; }
  constexpr Bytes& operator+=(Bytes o) {
    value += o.value;
    return *this;
  }
};

constexpr Bytes bytes(Elems n, DType t) {
  return {n.value * size_of(t)};
}

/// "1.25 GiB"
std::string human(Bytes n);

constexpr int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
constexpr int64_t round_up(int64_t a, int64_t multiple) {
  return ceil_div(a, multiple) * multiple;
}

/// a / b where b must divide a: throws InternalError otherwise.
int64_t div_exact(int64_t a, int64_t b);

}  // namespace fullshard
