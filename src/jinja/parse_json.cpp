#include "fullshard/jinja/parse_json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "fullshard/core/utf8.hpp"
#include "jinja/fail.hpp"
#include "jinja/number_text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

constexpr int kDeepest = 100;

class JsonParser {
 public:
  JsonParser(std::string_view text, Heap& heap) : text_(text), heap_(heap) {}

  Value document() {
    const Value v = value(0);
    skip_space();
    if (at_ < text_.size()) broken("the end of the text");
    return v;
  }

 private:
  [[noreturn]] void broken(std::string_view expected) const {
    const std::string found =
        at_ < text_.size() ? fmt::format("byte {:#04x}", static_cast<unsigned char>(text_[at_])) : "the end";
    fail(ErrorKind::Value, fmt::format("JSON, byte {}: expected {}, found {}", at_, expected, found));
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool skip(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }

  Value value(int depth) {
    heap_.spend(1);
    if (depth > kDeepest)
      fail(ErrorKind::Limit,
           fmt::format("JSON, byte {}: more than {} levels inside each other", at_, kDeepest));
    skip_space();
    if (at_ >= text_.size()) broken("a value");
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      default:
        break;
    }
    if (skip("true")) return Value::boolean(true);
    if (skip("false")) return Value::boolean(false);
    if (skip("null")) return Value::none();
    if (skip("NaN")) return Value::real(std::nan(""));
    if (skip("Infinity")) return Value::real(HUGE_VAL);
    if (skip("-Infinity")) return Value::real(-HUGE_VAL);
    return number();
  }

  Value array(int depth) {
    std::vector<Value> items;
    ++at_;
    skip_space();
    if (skip("]")) return heap_.list(items);
    do {
      items.push_back(value(depth + 1));
      skip_space();
    } while (skip(","));
    if (!skip("]")) broken("',' or ']'");
    return heap_.list(items);
  }

  Value object(int depth) {
    std::vector<DictEntry> entries;
    ++at_;
    skip_space();
    if (skip("}")) return heap_.dict(entries);
    do {
      skip_space();
      if (at_ >= text_.size() || text_[at_] != '"') broken("a key in quotes");
      const Value key = string();
      skip_space();
      if (!skip(":")) broken("':'");
      entries.push_back({key, value(depth + 1)});
      skip_space();
    } while (skip(","));
    if (!skip("}")) broken("',' or '}'");
    return heap_.dict(entries);
  }

  size_t digits(size_t from) const {
    size_t end = from;
    while (end < text_.size() && text_[end] >= '0' && text_[end] <= '9') ++end;
    return end - from;
  }

  Value number() {
    size_t end = at_ + (text_[at_] == '-' ? 1 : 0);
    const size_t whole = digits(end);
    if (whole == 0 || (whole > 1 && text_[end] == '0')) broken("a value");
    end += whole;
    bool real = false;
    if (end < text_.size() && text_[end] == '.' && digits(end + 1) > 0) {
      end += 1 + digits(end + 1);
      real = true;
    }
    if (end < text_.size() && (text_[end] | 0x20) == 'e') {
      const size_t sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-') ? 1 : 0;
      if (const size_t n = digits(end + 1 + sign); n > 0) {
        end += 1 + sign + n;
        real = true;
      }
    }
    const char* const first = text_.data() + at_;
    const char* const last = text_.data() + end;
    if (real) {
      const double d = nearest_real(text_.substr(at_, end - at_));
      at_ = end;
      return Value::real(d);
    }
    int64_t i = 0;
    const bool fits = std::from_chars(first, last, i).ec == std::errc{};
    const std::string_view digits = text_.substr(at_, end - at_);
    at_ = end;
    return fits ? Value::integer(i) : long_integer(digits);
  }

  Value long_integer(std::string_view digits) {
    return Value::long_integer(heap_.make(LongInteger{nearest_real(digits), heap_.string(digits).string()}));
  }

  // Up to the next quote, backslash or control character.
  std::string_view plain_run() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Value string() {
    ++at_;
    const std::string_view first = plain_run();
    if (skip("\"")) return valid_string(first);
    std::string out(first);
    while (!skip("\"")) {
      if (at_ >= text_.size()) broken("'\"'");
      if (text_[at_] != '\\') broken("no control character inside of a string");
      escape(out);
      out += plain_run();
    }
    return valid_string(out);
  }

  Value valid_string(std::string_view text) {
    return first_not_utf8(text) ? heap_.string(with_replacements(text)) : heap_.string(text);
  }

  char32_t code_unit() {
    uint32_t unit = 0;
    const std::string_view hex = text_.substr(std::min(at_, text_.size()), 4);
    const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
    if (hex.size() != 4 || read.ptr != hex.data() + 4) broken("four hexadecimal digits");
    at_ += 4;
    return unit;
  }

  void escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    ++at_;
    if (at_ >= text_.size()) broken("an escape");
    if (const size_t i = kFrom.find(text_[at_]); i != kFrom.npos) {
      out += kTo[i];
      ++at_;
      return;
    }
    if (!skip("u")) broken("an escape");
    char32_t unit = code_unit();
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    if (high && text_.substr(at_).starts_with("\\u")) {
      const size_t before = at_;
      at_ += 2;
      const char32_t low = code_unit();
      if (low >= 0xDC00 && low < 0xE000)
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      else
        at_ = before;
    }
    append_utf8(unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit, out);
  }

  std::string_view text_;
  Heap& heap_;
  size_t at_ = 0;
};

}  // namespace

Value parse_json(std::string_view text, Heap& heap) {
  heap.spend_on_text(text.size());
  return JsonParser(text, heap).document();
}

}  // namespace fullshard::jinja
