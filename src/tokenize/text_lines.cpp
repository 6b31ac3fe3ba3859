#include "fullshard/tokenize/text_lines.hpp"

#include <boost/json/string.hpp>
#include <sstream>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

std::string text_of(const std::string& line) {
  const boost::json::value value = parse_json(line);
  const auto* text = value.if_string();
  if (text == nullptr) throw std::runtime_error("expected a JSON string, one on each line");
  return {text->data(), text->size()};
}

}  // namespace

std::vector<std::string> read_text_lines(const std::filesystem::path& file) {
  std::istringstream in(read_file(file));
  std::vector<std::string> texts;
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    try {
      texts.push_back(text_of(line));
    } catch (const std::runtime_error& e) {
      throw DataError(file, number, e.what());
    }
  }
  return texts;
}

}  // namespace fullshard::tokenize
