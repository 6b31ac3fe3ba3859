#include "fullshard/convert/auxiliary_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <system_error>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::convert {

namespace {

constexpr std::string_view kConfig = "config.json";

// Files that save_pretrained of transformers' models, tokenizers and generation settings write, weights
// apart.
constexpr std::string_view kNames[] = {
    kConfig,      "generation_config.json",  "tokenizer.json",      "tokenizer_config.json",
    "vocab.json", "special_tokens_map.json", "chat_template.jinja", "chat_template.json",
    "merges.txt", "added_tokens.json",       "tokenizer.model",     "vocab.txt",
};

struct Member {
  std::string_view key;
  size_t value_begin, value_end;
};

size_t skip_space(std::string_view s, size_t i) {
  return std::min(s.find_first_not_of(" \t\r\n", i), s.size());
}

size_t end_of_string(std::string_view s, size_t opening_quote) {
  size_t i = opening_quote + 1;
  while (s[i] != '"') i += s[i] == '\\' ? 2 : 1;
  return i + 1;
}

size_t end_of_value(std::string_view s, size_t i) {
  if (s[i] == '"') return end_of_string(s, i);
  if (s[i] != '{' && s[i] != '[') return s.find_first_of(",} \t\r\n", i);
  for (int depth = 0;;) {
    if (s[i] == '"') {
      i = end_of_string(s, i);
      continue;
    }
    depth += s[i] == '{' || s[i] == '[' ? 1 : s[i] == '}' || s[i] == ']' ? -1 : 0;
    ++i;
    if (depth == 0) return i;
  }
}

/// Members of the outermost object of `s`, which a parser has accepted: no syntax is checked here.
std::vector<Member> top_members(std::string_view s) {
  std::vector<Member> members;
  size_t i = skip_space(s, skip_space(s, 0) + 1);
  while (s[i] == '"') {
    const size_t key_end = end_of_string(s, i);
    const std::string_view key = s.substr(i + 1, key_end - i - 2);
    const size_t value = skip_space(s, skip_space(s, key_end) + 1);
    members.push_back({key, value, end_of_value(s, value)});
    i = skip_space(s, members.back().value_end);
    if (s[i] == ',') i = skip_space(s, i + 1);
  }
  return members;
}

}  // namespace

std::string with_dtype(std::string_view config, DType dtype, const std::filesystem::path& path) {
  boost::json::error_code error;
  const auto document = boost::json::parse({config.data(), config.size()}, error);
  if (error || !document.is_object())
    throw ModelError(path, fmt::format("expected a JSON object{}", error ? ": " + error.message() : ""));
  const std::vector<Member> members = top_members(config);
  std::string text(config);
  const std::string value = fmt::format("\"{}\"", name_of(dtype));
  bool found = false;
  // From the back, so that earlier positions stay true.
  for (auto m = members.rbegin(); m != members.rend(); ++m)
    if (m->key == "torch_dtype" || m->key == "dtype") {
      text.replace(m->value_begin, m->value_end - m->value_begin, value);
      found = true;
    }
  if (found) return text;
  const size_t inside = config.find('{') + 1;
  const size_t first = skip_space(config, inside);
  const std::string_view indent = config.substr(inside, first - inside);
  text.insert(first, members.empty() ? fmt::format("\"torch_dtype\": {}", value)
                                     : fmt::format("\"torch_dtype\": {},{}", value, indent));
  return text;
}

std::vector<std::filesystem::path> auxiliary_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  for (std::string_view name : kNames)
    if (std::filesystem::exists(directory / name)) found.push_back(directory / name);
  return found;
}

std::vector<std::string> copy_auxiliary_files(const std::filesystem::path& from,
                                              const std::filesystem::path& to, std::optional<DType> dtype) {
  if (!std::filesystem::exists(from / kConfig))
    throw ModelError(from / kConfig, "expected a config.json beside the weights, found none");
  std::error_code error;
  std::filesystem::create_directories(to, error);
  if (error) throw IoError(to, -1, "cannot create the directory: " + error.message());
  std::vector<std::string> copied;
  for (const std::filesystem::path& file : auxiliary_files(from)) {
    const std::string name = file.filename().string();
    std::string content = read_file(file);
    if (name == kConfig && dtype) content = with_dtype(content, *dtype, file);
    write_file_atomically(to / name, content);
    copied.push_back(name);
  }
  return copied;
}

}  // namespace fullshard::convert
