#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "fullshard/core/json_writer.hpp"
#include "prepare/reading/row_cursor.hpp"

namespace fullshard::prepare {

namespace {

/// Looks for the comma or bracket that ends an element, and goes on where more text has come. Brackets are
/// matched by depth; whether they are the right ones is the parser's business.
class ElementScan {
 public:
  /// `text` begins with the element and is only longer than at the last call.
  bool finds_end(std::string_view text);
  size_t end() const { return at_; }

 private:
  enum class Means : char { Nothing, Quote, Open, Close, Comma };
  static constexpr std::array<Means, 256> meanings() {
    std::array<Means, 256> means{};
    means['"'] = Means::Quote;
    means['{'] = means['['] = Means::Open;
    means['}'] = means[']'] = Means::Close;
    means[','] = Means::Comma;
    return means;
  }
  bool leaves_string(std::string_view text);

  size_t at_ = 0;
  int64_t depth_ = 0;
  bool quoted_ = false;
};

// Most of the data lies in strings, so these are passed quote by quote: one ends its string if the
// backslashes before it are even in number. The runs of backslashes are disjoint, so all of it takes linear
// time.
bool ElementScan::leaves_string(std::string_view text) {
  const void* const found = std::memchr(text.data() + at_, '"', text.size() - at_);
  if (found == nullptr) {
    at_ = text.size();
    return false;
  }
  const auto quote = static_cast<size_t>(static_cast<const char*>(found) - text.data());
  size_t before = quote;
  while (before > 0 && text[before - 1] == '\\') --before;
  quoted_ = (quote - before) % 2 != 0;
  at_ = quote + 1;
  return true;
}

bool ElementScan::finds_end(std::string_view text) {
  static constexpr auto kMeanings = meanings();
  while (at_ < text.size()) {
    if (quoted_) {
      if (!leaves_string(text)) return false;
      continue;
    }
    switch (kMeanings[static_cast<unsigned char>(text[at_])]) {
      case Means::Nothing:
        break;
      case Means::Quote:
        quoted_ = true;
        break;
      case Means::Open:
        ++depth_;
        break;
      case Means::Close:
        if (depth_-- == 0) return true;
        break;
      case Means::Comma:
        if (depth_ == 0) return true;
        break;
    }
    ++at_;
  }
  return false;
}

class ElementCursor final : public RowCursor {
 public:
  using RowCursor::RowCursor;

  std::optional<RawRow> next() override {
    auto row = element();
    while (row && row->offset < wanted_) row = element();
    return row;
  }

  void skip_to(int64_t offset) override { wanted_ = offset; }

 private:
  enum class State { Before, Inside, Ended };

  std::optional<RawRow> element() {
    if (state_ == State::Ended) return std::nullopt;
    window_.drop(taken_);
    taken_ = 0;
    if (state_ == State::Before) {
      take("[");
      if (skip_blanks() == ']') {
        window_.drop(1);
        return ended();
      }
      state_ = State::Inside;
    } else {
      if (take(",]") == ']') return ended();
      skip_blanks();
    }
    taken_ = element_size();
    return RawRow{window_.offset(), window_.view().substr(0, taken_)};
  }

  // The next byte that is not blank, which then begins the window; 0 at the end.
  char skip_blanks() {
    for (;;) {
      const size_t first = window_.view().find_first_not_of(kBlank);
      window_.drop(std::min(first, window_.view().size()));
      if (!window_.view().empty()) return window_.view().front();
      if (!window_.more()) return '\0';
    }
  }

  char take(std::string_view expected) {
    const char found = skip_blanks();
    if (window_.view().empty()) cut_short(window_.offset());
    if (expected.find(found) == expected.npos)
      fail_at(window_.offset(), fmt::format("a JSON array: expected one of {} at byte {}, found {}", expected,
                                            window_.offset(), json_excerpt(window_.view(), 16)));
    window_.drop(1);
    return found;
  }

  size_t element_size() {
    ElementScan scan;
    for (;;) {
      const bool found = scan.finds_end(window_.view());
      if (is_too_long(scan.end())) too_long(window_.offset(), "the element");
      if (found) return scan.end();
      if (!window_.more()) cut_short(window_.offset());
    }
  }

  std::optional<RawRow> ended() {
    state_ = State::Ended;
    skip_blanks();
    if (!window_.view().empty())
      fail_at(window_.offset(),
              "expected the end of the file behind the JSON array; for several values put each on "
              "a line of its own");
    return std::nullopt;
  }

  [[noreturn]] void cut_short(int64_t offset) {
    fail_at(offset, "the file ends inside this element of its JSON array; is it cut short?");
  }

  State state_ = State::Before;
  size_t taken_ = 0;  // by the row that was given last
  int64_t wanted_ = 0;
};

}  // namespace

std::unique_ptr<RowCursor> element_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options) {
  return std::make_unique<ElementCursor>(std::move(bytes), options);
}

}  // namespace fullshard::prepare
