#pragma once

#include "jinja/ast.hpp"

namespace fullshard::jinja {

/// left op right. Integers have 64 bits: what goes beyond is an error of kind Overflow, not a longer integer.
Value binary(Heap& heap, BinaryOp op, const Value& left, const Value& right);
Value negative(const Value& v);
Value positive(const Value& v);

/// text * count and the like.
Value repeated(Heap& heap, const Value& sequence, int64_t count);
/// `format % values`, with format a string and values a tuple, a dict, or one value.
Value printf_format(Heap& heap, const Value& format, const Value& values);

}  // namespace fullshard::jinja
