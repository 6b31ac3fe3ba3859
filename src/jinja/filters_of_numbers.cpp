// Filters about numbers.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/number_text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

Value abs_filter(Interpreter&, Bound a) {
  require_defined(a[0]);
  if (a[0].is_integral()) {
    if (a[0].integer() == INT64_MIN) fail(ErrorKind::Overflow, "the result is an integer beyond 64 bits");
    return Value::integer(std::abs(a[0].integer()));
  }
  if (a[0].is(Kind::Float)) return Value::real(std::fabs(a[0].real()));
  fail(ErrorKind::Type, fmt::format("bad operand type for abs(): '{}'", type_name(a[0])));
}

Value truncated(double d) {
  if (std::isnan(d)) fail(ErrorKind::Value, "cannot convert float NaN to integer");
  if (!(d > -0x1p63 && d < 0x1p63))
    fail(ErrorKind::Overflow, "cannot convert this float to an integer of 64 bits");
  return Value::integer(static_cast<int64_t>(d));
}

Value int_filter(Interpreter& in, Bound a) {
  const Value otherwise = given(a[1]) ? a[1] : Value::integer(0);
  const int64_t base = given(a[2]) ? integer_argument(a[2], "int") : 10;
  const Value& v = a[0];
  require_defined(v);
  if (v.is_integral()) return Value::integer(v.integer());
  if (v.is(Kind::Float)) return std::isnan(v.real()) ? otherwise : truncated(v.real());
  if (!v.is(Kind::String)) return otherwise;
  in.heap().spend_on_characters(v.string().size());
  const ParsedInteger integer = parse_integer(v.string(), base);
  if (integer.too_large) fail(ErrorKind::Overflow, "int: the number does not fit into 64 bits");
  if (integer.value) return Value::integer(*integer.value);
  const auto real = parse_real(v.string());
  if (!real || !std::isfinite(*real)) return otherwise;
  return truncated(*real);
}

Value float_filter(Interpreter& in, Bound a) {
  const Value otherwise = given(a[1]) ? a[1] : Value::real(0);
  const Value& v = a[0];
  require_defined(v);
  if (v.is_integral()) return Value::real(static_cast<double>(v.integer()));
  if (v.is(Kind::Float)) return Value::real(v.real());
  if (!v.is(Kind::String)) return otherwise;
  in.heap().spend_on_characters(v.string().size());
  const auto real = parse_real(v.string());
  return real ? Value::real(*real) : otherwise;
}

// Rounded as decimal digits are, ties of the exact binary value to even.
double rounded(double d, int64_t digits) {
  if (!std::isfinite(d) || digits > 330) return d;
  if (digits < -330) return std::copysign(0.0, d);
  if (digits < 0) {
    const double scale = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(d / scale) * scale;
  }
  char buffer[700];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::fixed, static_cast<int>(digits))
          .ptr;
  double result = d;
  std::from_chars(buffer, end, result);
  return result;
}

int64_t rounded_to_tens(int64_t i, int64_t digits) {
  if (digits < -18) return 0;
  int64_t scale = 1;
  for (; digits < 0; ++digits) scale *= 10;
  int64_t quotient = i / scale;
  const int64_t twice = 2 * std::abs(i % scale);  // below 2e18
  if (twice > scale || (twice == scale && (quotient & 1) != 0)) quotient += i < 0 ? -1 : 1;
  int64_t result = 0;
  if (__builtin_mul_overflow(quotient, scale, &result))
    fail(ErrorKind::Overflow, "the result is an integer beyond 64 bits");
  return result;
}

Value round_filter(Interpreter& in, Bound a) {
  in.heap().spend(64);  // a real may have some hundred digits
  const int64_t digits = given(a[1]) ? integer_argument(a[1], "round") : 0;
  const std::string_view method = given(a[2]) ? text_argument(a[2], "round") : "common";
  if (method != "common" && method != "ceil" && method != "floor")
    fail(ErrorKind::Runtime, "method must be common, ceil or floor");
  require_defined(a[0]);
  if (!a[0].is_number())
    fail(ErrorKind::Type, fmt::format("type {} doesn't define __round__ method", type_name(a[0])));
  if (method == "common") {
    if (a[0].is(Kind::Float)) return Value::real(rounded(a[0].real(), digits));
    return Value::integer(digits >= 0 ? a[0].integer() : rounded_to_tens(a[0].integer(), digits));
  }
  const double v = a[0].is(Kind::Float) ? a[0].real() : static_cast<double>(a[0].integer());
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double whole = method == "ceil" ? std::ceil(v * scale) : std::floor(v * scale);
  if (!std::isfinite(whole)) fail(ErrorKind::Overflow, "cannot convert this float to an integer");
  return Value::real(whole / scale);
}

// float(v), which unlike the filter takes no other value's place.
double real_of(Interpreter& in, const Value& v) {
  require_defined(v);
  if (v.is_number()) return v.is(Kind::Float) ? v.real() : static_cast<double>(v.integer());
  if (!v.is(Kind::String))
    fail(ErrorKind::Type,
         fmt::format("float() argument must be a string or a real number, not '{}'", type_name(v)));
  in.heap().spend_on_characters(v.string().size());
  const auto real = parse_real(v.string());
  if (!real)
    fail(ErrorKind::Value, fmt::format("could not convert string to float: '{}'",
                                       v.string().substr(0, byte_of(v.string(), 100))));
  return *real;
}

Value filesizeformat(Interpreter& in, Bound a) {
  const double bytes = real_of(in, a[0]);
  const bool binary = given(a[1]) && is_true(a[1]);
  const double base = binary ? 1024 : 1000;
  if (bytes == 1) return Value::string("1 Byte");
  if (bytes < base) return in.heap().string(fmt::format("{:.0f} Bytes", std::trunc(bytes)));
  double unit = base;
  for (const char prefix : std::string_view("kMGTPEZY")) {
    unit *= base;
    if (bytes < unit || prefix == 'Y')
      return in.heap().string(fmt::format("{:.1f} {}{}", base * bytes / unit,
                                          binary && prefix == 'k' ? 'K' : prefix, binary ? "iB" : "B"));
  }
  return {};
}

constexpr Native kFilters[] = {
    {"abs", "x /", 1, abs_filter},
    {"int", "value default base", 1, int_filter},
    {"float", "value default", 1, float_filter},
    {"round", "value precision method", 1, round_filter},
    {"filesizeformat", "value binary", 1, filesizeformat},
};

}  // namespace

std::span<const Native> filters_of_numbers() {
  return kFilters;
}

}  // namespace fullshard::jinja
