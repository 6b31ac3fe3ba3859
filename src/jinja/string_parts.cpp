#include "jinja/string_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <string>
#include <vector>

#include "jinja/fail.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

// The characters of a text, to be looked up in.
class Characters {
 public:
  Characters(Heap& heap, std::string_view chars) {
    heap.spend(static_cast<int64_t>(chars.size()));
    for (size_t at = 0; at < chars.size();) {
      const CodePoint c = code_point_at(chars, at);
      if (c.value < 0x80)
        ascii_.set(c.value);
      else
        others_.push_back(c.value);
      at += c.length;
    }
    std::sort(others_.begin(), others_.end());
  }
  bool has(char32_t c) const {
    return c < 0x80 ? ascii_[c] : std::binary_search(others_.begin(), others_.end(), c);
  }

 private:
  std::bitset<0x80> ascii_;
  std::vector<char32_t> others_;
};

Value list_of(Heap& heap, const std::vector<std::string_view>& parts) {
  const auto room = heap.values(parts.size());
  std::transform(parts.begin(), parts.end(), room.begin(),
                 [](std::string_view p) { return Value::string(p); });
  return Value::list(room);
}

std::vector<std::string_view> words(Heap& heap, std::string_view text, int64_t most) {
  std::vector<std::string_view> out;
  size_t at = 0;
  const auto skip = [&](bool space) {
    while (at < text.size()) {
      const CodePoint c = code_point_at(text, at);
      if (is_space(c.value) != space) break;
      at += c.length;
    }
  };
  for (;;) {
    skip(true);
    if (at >= text.size()) return out;
    if (most >= 0 && static_cast<int64_t>(out.size()) == most) {
      out.push_back(text.substr(at));
      return out;
    }
    heap.spend(1);
    const size_t begin = at;
    skip(false);
    out.push_back(text.substr(begin, at - begin));
  }
}

std::vector<std::string_view> words_from_right(Heap& heap, std::string_view text, int64_t most) {
  std::vector<std::string_view> out;
  size_t end = text.size();
  const auto skip = [&](bool space) {
    while (end > 0) {
      const CodePoint c = code_point_before(text, end);
      if (is_space(c.value) != space) break;
      end -= c.length;
    }
  };
  for (;;) {
    skip(true);
    if (end == 0) break;
    if (most >= 0 && static_cast<int64_t>(out.size()) == most) {
      out.push_back(text.substr(0, end));
      break;
    }
    heap.spend(1);
    const size_t last = end;
    skip(false);
    out.push_back(text.substr(end, last - end));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<std::string_view> separated(Heap& heap, std::string_view text, std::string_view separator,
                                        int64_t most) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  while (most < 0 || static_cast<int64_t>(out.size()) < most) {
    const size_t at = find_text(heap, text, separator, begin);
    if (at == text.npos) break;
    out.push_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  out.push_back(text.substr(begin));
  return out;
}

std::vector<std::string_view> separated_from_right(Heap& heap, std::string_view text,
                                                   std::string_view separator, int64_t most) {
  std::vector<std::string_view> out;
  while (most < 0 || static_cast<int64_t>(out.size()) < most) {
    const size_t at = rfind_text(heap, text, separator);
    if (at == text.npos) break;
    out.push_back(text.substr(at + separator.size()));
    text = text.substr(0, at);
  }
  out.push_back(text);
  std::reverse(out.begin(), out.end());
  return out;
}

bool ends_line(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string_view stripped(Heap& heap, std::string_view text, std::optional<std::string_view> chars,
                          Side side) {
  const auto set = chars ? std::optional<Characters>(std::in_place, heap, *chars) : std::nullopt;
  const auto goes = [&](CodePoint c) {
    heap.spend(1);
    return set ? set->has(c.value) : is_space(c.value);
  };
  while (side != Side::Right && !text.empty()) {
    const CodePoint c = code_point_at(text, 0);
    if (!goes(c)) break;
    text.remove_prefix(c.length);
  }
  while (side != Side::Left && !text.empty()) {
    const CodePoint c = code_point_before(text, text.size());
    if (!goes(c)) break;
    text.remove_suffix(c.length);
  }
  return text;
}

Value split(Heap& heap, std::string_view text, std::optional<std::string_view> separator, int64_t most,
            Side from) {
  if (!separator) {
    heap.spend_on_characters(text.size());
    return list_of(heap, from == Side::Left ? words(heap, text, most) : words_from_right(heap, text, most));
  }
  heap.spend_on_text(text.size());
  if (separator->empty()) fail(ErrorKind::Value, "empty separator");
  return list_of(heap, from == Side::Left ? separated(heap, text, *separator, most)
                                          : separated_from_right(heap, text, *separator, most));
}

Value lines_of(Heap& heap, std::string_view text, bool keep_ends) {
  heap.spend_on_characters(text.size());
  std::vector<std::string_view> out;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    size_t end = at + c.length;
    if (ends_line(c.value)) {
      if (c.value == '\r' && end < text.size() && text[end] == '\n') ++end;
      heap.spend(1);
      out.push_back(text.substr(begin, (keep_ends ? end : at) - begin));
      begin = end;
    }
    at = end;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return list_of(heap, out);
}

Value replaced(Heap& heap, std::string_view text, std::string_view old, std::string_view with, int64_t most) {
  std::string out;
  size_t from = 0;
  int64_t done = 0;
  while (most < 0 || done < most) {
    const size_t at = find_text(heap, text, old, from);
    if (at == text.npos) break;
    heap.spend_on_text(at - from + with.size());
    check_text_size(heap, out.size() + (at - from) + with.size());
    out.append(text, from, at - from).append(with);
    from = at + old.size();
    ++done;
    if (!old.empty()) continue;
    if (from >= text.size()) break;
    const size_t length = code_point_at(text, from).length;  // an empty one is found before each character
    out.append(text, from, length);
    from += length;
  }
  if (done == 0) return Value::string(text);
  if (from < text.size()) out.append(text, from);
  return heap.string(out);
}

Value joined(Heap& heap, std::string_view separator, std::span<const std::string_view> parts) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view between = i > 0 ? separator : std::string_view{};
    check_text_size(heap, out.size() + between.size() + parts[i].size());
    heap.spend_on_text(between.size() + parts[i].size());
    out.append(between).append(parts[i]);
  }
  return heap.string(out);
}

Value padded(Heap& heap, std::string_view text, int64_t left, int64_t right, std::string_view fill) {
  if (length_of(heap, Value::string(fill)) != 1)
    fail(ErrorKind::Type, "The fill character must be exactly one character long");
  const Value before = repeated(heap, Value::string(fill), left),
              after = repeated(heap, Value::string(fill), right);
  return heap.concat(heap.concat(before.string(), text).string(), after.string());
}

Value centred(Heap& heap, std::string_view text, int64_t width, std::string_view fill) {
  const int64_t room = std::max<int64_t>(width - length_of(heap, Value::string(text)), 0);
  const int64_t left = room / 2 + (room & width & 1);
  return padded(heap, text, left, room - left, fill);
}

}  // namespace fullshard::jinja
