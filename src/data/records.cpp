#include "data/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <stdexcept>

#include "fullshard/core/error.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::data {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view without_bom(std::string_view content) {
  return content.starts_with("\xEF\xBB\xBF") ? content.substr(3) : content;
}

using Record = std::function<void(const boost::json::object&, int64_t)>;

void parse_record(std::string_view text, const std::filesystem::path& file, int64_t line,
                  const Record& record) {
  boost::json::value value;
  try {
    value = tokenize::parse_json(text);
  } catch (const std::runtime_error& e) {
    throw DataError(file, line, e.what());
  }
  if (!value.is_object()) throw DataError(file, line, "expected an object with named columns");
  record(value.get_object(), line);
}

void for_each_line(std::string_view content, const std::filesystem::path& file, const Record& record) {
  int64_t line = 1;
  for (size_t at = 0; at < content.size(); ++line) {
    const size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view text = content.substr(at, end - at);
    if (text.find_first_not_of(kBlank) != std::string_view::npos) parse_record(text, file, line, record);
    at = end + 1;
  }
}

// End of the element that begins at `at`: the comma or bracket that closes it. Brackets are matched by depth;
// whether they are the right ones is the parser's business.
size_t element_end(std::string_view content, size_t at) {
  int64_t depth = 0;
  bool quoted = false;
  for (; at < content.size(); ++at) {
    const char c = content[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth-- == 0) return at;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return content.size();
}

void for_each_element(std::string_view content, const std::filesystem::path& file, const Record& record) {
  int64_t line = 1;
  size_t counted = 0;
  const auto line_at = [&](size_t at) {
    line += std::count(content.begin() + static_cast<int64_t>(counted),
                       content.begin() + static_cast<int64_t>(at), '\n');
    counted = at;
    return line;
  };
  size_t at = content.find('[') + 1;
  for (bool first = true;; first = false) {
    const size_t begin = std::min(content.find_first_not_of(kBlank, at), content.size());
    if (first && begin < content.size() && content[begin] == ']') {
      at = begin;
      break;
    }
    at = std::min(element_end(content, begin), content.size());
    if (at == content.size())
      throw DataError(file, line_at(begin),
                      "the JSON array ends inside this element; is the file cut short?");
    parse_record(content.substr(begin, at - begin), file, line_at(begin), record);
    if (content[at] == ']') break;
    if (content[at] != ',')
      throw DataError(file, line_at(at),
                      fmt::format("expected , or ] between elements, found {}", content[at]));
    ++at;
  }
  const size_t rest = content.find_first_not_of(kBlank, at + 1);
  if (rest != std::string_view::npos)
    throw DataError(file, line_at(rest), "expected the end of the file behind the JSON array");
}

}  // namespace

FileKind kind_of(std::string_view content) {
  content = without_bom(content);
  const size_t first = content.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return FileKind::Text;
  if (content[first] == '{') return FileKind::JsonLines;
  if (content[first] != '[') return FileKind::Text;
  // A text may begin with a bracket, too: an array of records goes on with a brace or ends at once.
  const size_t second = content.find_first_not_of(kBlank, first + 1);
  return second == std::string_view::npos || content[second] == '{' || content[second] == ']'
             ? FileKind::JsonArray
             : FileKind::Text;
}

void for_each_record(std::string_view content, FileKind kind, const std::filesystem::path& file,
                     const Record& record) {
  content = without_bom(content);
  if (kind == FileKind::JsonLines) return for_each_line(content, file, record);
  for_each_element(content, file, record);
}

}  // namespace fullshard::data
