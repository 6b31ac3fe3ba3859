#include "jinja/operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "jinja/fail.hpp"
#include "jinja/markup.hpp"

namespace fullshard::jinja {

namespace {

std::string_view symbol(BinaryOp op) {
  static constexpr std::string_view kSymbols[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};
  return kSymbols[static_cast<size_t>(op)];
}

[[noreturn]] void unsupported(BinaryOp op, const Value& left, const Value& right) {
  require_defined(left);
  require_defined(right);
  if (op == BinaryOp::Add && (left.is(Kind::String) || left.is_sequence()))
    fail(ErrorKind::Type,
         fmt::format("can only concatenate {0} (not \"{1}\") to {0}", type_name(left), type_name(right)));
  fail(ErrorKind::Type, fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", symbol(op),
                                    type_name(left), type_name(right)));
}

[[noreturn]] void overflow() {
  fail(ErrorKind::Overflow, "the result is an integer beyond 64 bits");
}

double real_of(const Value& v) {
  return v.is(Kind::Float) ? v.real() : static_cast<double>(v.integer());
}

[[noreturn]] void division_by_zero(const char* what) {
  fail(ErrorKind::ZeroDivision, what);
}

double floor_modulo(double a, double b) {
  double r = std::fmod(a, b);
  if (r != 0 ? (r < 0) != (b < 0) : false) r += b;
  return r == 0 ? std::copysign(0.0, b) : r;
}

double floor_divide(double a, double b) {
  const double quotient = std::floor((a - floor_modulo(a, b)) / b + 0.5);  // Python rounds the exact multiple
  return quotient == 0 ? std::copysign(0.0, a / b) : quotient;
}

int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) overflow();
  }
  return result;
}

Value of_integers(BinaryOp op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case BinaryOp::Add:
      if (__builtin_add_overflow(a, b, &result)) overflow();
      break;
    case BinaryOp::Subtract:
      if (__builtin_sub_overflow(a, b, &result)) overflow();
      break;
    case BinaryOp::Multiply:
      if (__builtin_mul_overflow(a, b, &result)) overflow();
      break;
    case BinaryOp::Divide:
      if (b == 0) division_by_zero("division by zero");
      return Value::real(static_cast<double>(a) / static_cast<double>(b));
    case BinaryOp::FloorDivide:
    case BinaryOp::Modulo: {
      if (b == 0)
        division_by_zero(op == BinaryOp::Modulo ? "integer modulo by zero"
                                                : "integer division or modulo by zero");
      if (b == -1) return op == BinaryOp::Modulo ? Value::integer(0) : of_integers(BinaryOp::Subtract, 0, a);
      const int64_t remainder = a % b;
      const bool below = remainder != 0 && (remainder < 0) != (b < 0);
      return Value::integer(op == BinaryOp::Modulo ? remainder + (below ? b : 0) : a / b - (below ? 1 : 0));
    }
    case BinaryOp::Power:
      if (b >= 0) return Value::integer(power(a, b));
      if (a == 0) division_by_zero("0.0 cannot be raised to a negative power");
      return Value::real(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  return Value::integer(result);
}

Value of_reals(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::Add:
      return Value::real(a + b);
    case BinaryOp::Subtract:
      return Value::real(a - b);
    case BinaryOp::Multiply:
      return Value::real(a * b);
    case BinaryOp::Divide:
      if (b == 0) division_by_zero("float division by zero");
      return Value::real(a / b);
    case BinaryOp::FloorDivide:
      if (b == 0) division_by_zero("float floor division by zero");
      return Value::real(floor_divide(a, b));
    case BinaryOp::Modulo:
      if (b == 0) division_by_zero("float modulo");
      return Value::real(floor_modulo(a, b));
    case BinaryOp::Power:
      if (a == 0 && b < 0) division_by_zero("0.0 cannot be raised to a negative power");
      if (a < 0 && b != std::floor(b))
        fail(ErrorKind::Type, "a negative number to a fraction is complex, which is not supported");
      if (const double r = std::pow(a, b); std::isfinite(r) || !std::isfinite(a) || !std::isfinite(b))
        return Value::real(r);
      fail(ErrorKind::Overflow, "(34, 'Numerical result out of range')");
  }
  return {};
}

Value joined(Heap& heap, const Value& a, const Value& b) {
  const auto room = heap.values(a.items().size() + b.items().size());
  heap.spend(static_cast<int64_t>(room.size()));
  std::copy(b.items().begin(), b.items().end(), std::copy(a.items().begin(), a.items().end(), room.begin()));
  return a.is(Kind::List) ? Value::list(room) : Value::tuple(room);
}

}  // namespace

Value repeated(Heap& heap, const Value& sequence, int64_t count) {
  const auto times = static_cast<size_t>(std::max<int64_t>(count, 0));
  const size_t size = sequence.is(Kind::String) ? sequence.string().size() : sequence.items().size();
  size_t total = 0;
  if (__builtin_mul_overflow(size, times, &total) || total > static_cast<size_t>(heap.limits().memory.value))
    fail(ErrorKind::Limit,
         fmt::format("memory: {} times {} elements are more than Limits::memory", count, size));
  heap.spend(1 + static_cast<int64_t>(total / 16));
  if (sequence.is(Kind::String)) {
    if (total == 0) return Value::string({});
    const auto room = heap.text(total);
    for (size_t at = 0; at < total; at += size) std::memcpy(room.data() + at, sequence.string().data(), size);
    return Value::string({room.data(), total});
  }
  const auto room = heap.values(total);
  for (size_t at = 0; at < total; at += size)
    std::copy(sequence.items().begin(), sequence.items().end(),
              room.begin() + static_cast<std::ptrdiff_t>(at));
  return sequence.is(Kind::List) ? Value::list(room) : Value::tuple(room);
}

Value binary(Heap& heap, BinaryOp op, const Value& left, const Value& right) {
  if (left.is_integral() && right.is_integral()) return of_integers(op, left.integer(), right.integer());
  if (left.is_number() && right.is_number()) return of_reals(op, real_of(left), real_of(right));
  if (op == BinaryOp::Add) {
    if (left.is(Kind::String) && right.is(Kind::String))
      return left.is_markup() || right.is_markup() ? added_markup(heap, left, right)
                                                   : heap.concat(left.string(), right.string());
    if (left.is_sequence() && left.kind() == right.kind()) return joined(heap, left, right);
  }
  if (op == BinaryOp::Multiply) {
    const bool left_repeats = left.is(Kind::String) || left.is_sequence(),
               right_repeats = right.is(Kind::String) || right.is_sequence();
    if (left_repeats && right.is_integral()) return like(left, repeated(heap, left, right.integer()));
    if (right_repeats && left.is_integral()) return like(right, repeated(heap, right, left.integer()));
  }
  if (op == BinaryOp::Modulo && left.is(Kind::String)) return printf_format(heap, left, right);
  unsupported(op, left, right);
}

Value negative(const Value& v) {
  require_defined(v);
  if (v.is_integral()) return of_integers(BinaryOp::Subtract, 0, v.integer());
  if (v.is(Kind::Float)) return Value::real(-v.real());
  fail(ErrorKind::Type, fmt::format("bad operand type for unary -: '{}'", type_name(v)));
}

Value positive(const Value& v) {
  require_defined(v);
  if (v.is_integral()) return Value::integer(v.integer());
  if (v.is(Kind::Float)) return v;
  fail(ErrorKind::Type, fmt::format("bad operand type for unary +: '{}'", type_name(v)));
}

}  // namespace fullshard::jinja
