#include "fullshard/tokenize/tokenize_lines.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <istream>
#include <iterator>
#include <ostream>

#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

// `wanted`: how a line is to be written.
template <class Convert>
void for_each_line(std::istream& in, std::ostream& out, std::string_view wanted, const Convert& convert) {
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    try {
      out << convert(parse_json(line)) << '\n';
    } catch (const std::runtime_error& e) {
      throw DataError("input", number, fmt::format("{}; write each line as {}", e.what(), wanted));
    }
  }
  if (in.bad()) throw IoError("input", -1, "cannot be read to its end");
}

std::vector<int32_t> ids_of(const boost::json::value& value, int64_t vocab_size) {
  if (!value.is_array()) throw std::runtime_error("expected an array");
  std::vector<int32_t> ids;
  for (const auto& element : value.get_array()) {
    if (!element.is_int64()) throw std::runtime_error("expected integers in the array");
    const int64_t id = element.get_int64();
    if (id < 0 || id >= vocab_size)
      throw std::runtime_error(fmt::format("token id {}: expected 0 to {}", id, vocab_size - 1));
    ids.push_back(static_cast<int32_t>(id));
  }
  return ids;
}

}  // namespace

void encode_lines(const Tokenizer& tokenizer, SpecialTokens special, std::istream& in, std::ostream& out) {
  constexpr std::string_view kWanted = R"(a JSON string, like "Hello world")";
  for_each_line(in, out, kWanted, [&](const boost::json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) throw std::runtime_error("expected a string");
    std::string line = "[";
    for (const int32_t id : tokenizer.encode({text->data(), text->size()}, special)) {
      if (line.size() > 1) line += ',';
      fmt::format_to(std::back_inserter(line), "{}", id);
    }
    return line + "]";
  });
}

void decode_lines(const Tokenizer& tokenizer, std::istream& in, std::ostream& out) {
  for_each_line(in, out, "a JSON array of ids, like [1, 15043]", [&](const boost::json::value& value) {
    return json_quoted(tokenizer.decode(ids_of(value, tokenizer.vocab_size()), SkipSpecial::No));
  });
}

}  // namespace fullshard::tokenize
