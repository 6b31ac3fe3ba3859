// format % values, as Python's str has it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/format_spec.hpp"
#include "jinja/markup.hpp"
#include "jinja/native.hpp"
#include "jinja/operators.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

class PrintfFormatter {
 public:
  PrintfFormatter(Heap& heap, std::string_view format, const Value& values)
      : heap_(heap), rest_(format), values_(values), is_tuple_(values.is(Kind::Tuple)) {}

  std::string run() {
    heap_.spend_on_characters(rest_.size());
    while (!rest_.empty()) {
      const size_t percent = std::min(rest_.find('%'), rest_.size());
      out_ += rest_.substr(0, percent);
      rest_.remove_prefix(percent);
      check_text_size(heap_, out_.size());
      heap_.spend_on_text(percent);
      if (!rest_.empty()) conversion();
    }
    const bool mapping = values_.is(Kind::Dict) || values_.is(Kind::List) || values_.is(Kind::Range) ||
                         values_.is(Kind::Undefined);
    if (!mapping && used_ < (is_tuple_ ? values_.items().size() : 1))
      fail(ErrorKind::Type, "not all arguments converted during string formatting");
    return std::move(out_);
  }

 private:
  char take() {
    if (rest_.empty()) fail(ErrorKind::Value, "incomplete format");
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  Value next_value() {
    if (used_ >= (is_tuple_ ? values_.items().size() : 1))
      fail(ErrorKind::Type, "not enough arguments for format string");
    return is_tuple_ ? values_.items()[used_++] : (++used_, values_);
  }

  Value keyed_value() {
    const size_t end = rest_.find(')');
    if (end == rest_.npos) fail(ErrorKind::Value, "incomplete format key");
    if (!values_.is(Kind::Dict)) fail(ErrorKind::Type, "format requires a mapping");
    const std::string_view key = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    const Value* v = find(heap_, values_.dict(), Value::string(key));
    if (v == nullptr)
      fail(ErrorKind::Value, fmt::format("the format asks for {}, which the mapping lacks", shown_name(key)));
    return *v;
  }

  int64_t number() {
    if (rest_.starts_with('*')) {
      take();
      return integer_argument(next_value(), "* wants int");
    }
    int64_t n = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      n = n * 10 + (take() - '0');
      if (n > 1'000'000'000) fail(ErrorKind::Value, "width too big");
    }
    return n;
  }

  void flags(FormatSpec& spec) {
    bool left = false;
    for (;; rest_.remove_prefix(1)) {
      const char c = rest_.empty() ? '\0' : rest_[0];
      if (c == '-')
        left = true;
      else if (c == '+')
        spec.sign = '+';
      else if (c == ' ')
        spec.sign = spec.sign == '+' ? '+' : ' ';
      else if (c == '#')
        spec.alternate = true;
      else if (c == '0')
        spec.fill = "0";
      else
        break;
    }
    spec.align = left ? '<' : spec.fill == "0" ? '=' : '>';
    if (left) spec.fill = " ";
  }

  void conversion() {
    take();
    FormatSpec spec;
    Value keyed;
    if (rest_.starts_with('(')) {
      take();
      keyed = keyed_value();
    }
    flags(spec);
    spec.width = number();
    if (spec.width < 0) {
      spec.align = '<';
      spec.width = -spec.width;
    }
    if (rest_.starts_with('.')) {
      take();
      spec.precision = std::max<int64_t>(number(), 0);
      if (spec.precision > kMostDigits)
        fail(ErrorKind::Limit, fmt::format("a precision of more than {}", kMostDigits));
    }
    while (rest_.starts_with('l') || rest_.starts_with('h') || rest_.starts_with('L')) take();
    spec.type = take();
    if (spec.type == '%') {
      out_ += '%';
      return;
    }
    const Value v = given(keyed) ? keyed : next_value();
    out_ += given(keyed) ? (used_ = 1, converted(v, spec)) : converted(v, spec);
  }

  std::string converted(const Value& v, FormatSpec spec) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a': {
        std::string text;
        if (spec.type == 's')
          append_str(heap_, v, text);
        else
          append_repr(heap_, v, text);
        spec.type = 's';
        if (spec.align == '=') spec.align = '>';
        spec.fill = " ";
        return formatted_text(heap_, text, spec);
      }
      case 'd':
      case 'i':
      case 'u':
        spec.type = 'd';
        return formatted_integer(heap_, whole_number(v), spec);
      case 'x':
      case 'X':
      case 'o':
        if (!v.is_integral())
          fail(ErrorKind::Type,
               fmt::format("%{} format: an integer is required, not {}", spec.type, type_name(v)));
        return formatted_integer(heap_, v.integer(), spec);
      case 'c':
        return character(v, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        require_defined(v);
        if (!v.is_number()) fail(ErrorKind::Type, fmt::format("must be real number, not {}", type_name(v)));
        return formatted_real(heap_, v.is(Kind::Float) ? v.real() : static_cast<double>(v.integer()), spec);
      default:
        fail(ErrorKind::Value, fmt::format("unsupported format character {}", shown_name({&spec.type, 1})));
    }
  }

  std::string character(const Value& v, FormatSpec spec) {
    if (spec.align == '=') spec.align = '>';
    if (v.is_integral()) return formatted_integer(heap_, v.integer(), spec);
    if (!v.is(Kind::String) || count_code_points(v.string()) != 1)
      fail(ErrorKind::Type, "%c requires int or char");
    spec.type = 's';
    return formatted_text(heap_, v.string(), spec);
  }

  static int64_t whole_number(const Value& v) {
    require_defined(v);
    if (v.is_integral()) return v.integer();
    if (!v.is(Kind::Float))
      fail(ErrorKind::Type, fmt::format("%d format: a real number is required, not {}", type_name(v)));
    if (!(std::fabs(v.real()) < 0x1p63))
      fail(ErrorKind::Overflow, "cannot convert this float to an integer of 64 bits");
    return static_cast<int64_t>(v.real());
  }

  Heap& heap_;
  std::string_view rest_;
  const Value& values_;
  bool is_tuple_;
  size_t used_ = 0;
  std::string out_;
};

}  // namespace

Value printf_format(Heap& heap, const Value& format, const Value& values) {
  const Value filling = format.is_markup() ? escaped_values(heap, values) : values;
  return like(format, heap.string(PrintfFormatter(heap, format.string(), filling).run()));
}

}  // namespace fullshard::jinja
