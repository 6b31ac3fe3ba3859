#include "report/flat_json.hpp"

#include <charconv>

namespace fullshard::report {

namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool eat(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }
  std::optional<std::string> string() {
    if (!eat('"')) return {};
    std::string out;
    while (!rest_.empty()) {
      const char c = take();
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return {};
      }
    }
    return {};
  }
  /// A number, true, false or null, as it is written.
  std::optional<std::string> word() {
    skip_space();
    const size_t n = std::min(rest_.find_first_of(",}] \t\r\n"), rest_.size());
    std::string out(rest_.substr(0, n));
    rest_.remove_prefix(n);
    double ignored;
    const auto [end, error] = std::from_chars(out.data(), out.data() + out.size(), ignored);
    const bool number = error != std::errc::invalid_argument && end == out.data() + out.size();
    if (!number && out != "true" && out != "false" && out != "null") return {};
    return out;
  }
  bool next_is(char c) {
    skip_space();
    return !rest_.empty() && rest_.front() == c;
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  // Escapes of ASCII characters only: our writer escapes nothing else, and other keys are not read.
  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    const char c = take();
    const std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const size_t i = from.find(c); i != from.npos) {
      out += to[i];
      return true;
    }
    if (c != 'u' || rest_.size() < 4) return false;
    unsigned code = 0;
    if (std::from_chars(rest_.data(), rest_.data() + 4, code, 16).ptr != rest_.data() + 4) return false;
    rest_.remove_prefix(4);
    out += code < 0x80 ? static_cast<char>(code) : '?';
    return true;
  }

  std::string_view rest_;
};

template <class T>
std::optional<T> converted(const std::string& raw) {
  T value{};
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc{} || end != raw.data() + raw.size()) return {};
  return value;
}

}  // namespace

std::optional<FlatJson> FlatJson::parse(std::string_view line) {
  FlatJson object;
  Cursor at(line);
  if (!at.eat('{')) return {};
  if (!at.next_is('}')) {
    do {
      const auto key = at.string();
      if (!key || !at.eat(':')) return {};
      const bool quoted = at.next_is('"');
      const auto value = quoted ? at.string() : at.word();
      if (!value) return {};
      object.raw_[*key] = quoted ? '"' + *value : *value;
    } while (at.eat(','));
  }
  if (!at.eat('}') || !at.at_end()) return {};
  return object;
}

std::optional<double> FlatJson::number(std::string_view key) const {
  const auto it = raw_.find(key);
  if (it == raw_.end()) return {};
  return converted<double>(it->second);
}

std::optional<int64_t> FlatJson::integer(std::string_view key) const {
  const auto it = raw_.find(key);
  if (it == raw_.end()) return {};
  return converted<int64_t>(it->second);
}

std::optional<std::string> FlatJson::text(std::string_view key) const {
  const auto it = raw_.find(key);
  if (it == raw_.end() || it->second.empty() || it->second[0] != '"') return {};
  return it->second.substr(1);
}

}  // namespace fullshard::report
