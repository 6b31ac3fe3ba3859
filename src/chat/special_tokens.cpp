#include "chat/special_tokens.hpp"

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <map>

#include "fullshard/core/files.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::chat {

namespace {

using Map = std::map<std::string, std::string>;
using tokenize::JsonNode;

std::string_view name_of(const boost::json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

// A token is a text, or an object with its text and how it is looked for.
void take(const JsonNode& tokens, std::string_view name, Map& map) {
  const auto node = tokens.find(name);
  if (!node) return;
  if (node->is_string())
    map[std::string(name)] = node->string();
  else if (node->raw().is_object() && node->find("content"))
    map[std::string(name)] = node->at("content").string();
}

void take_all(const JsonNode& file, Map& map) {
  for (const auto& member : file.raw().get_object())
    if (name_of(member).ends_with("_token")) take(file, name_of(member), map);
  if (const auto extra = file.find("extra_special_tokens"); extra && extra->raw().is_object())
    for (const auto& member : extra->raw().get_object()) take(*extra, name_of(member), map);
}

}  // namespace

std::vector<SpecialToken> read_special_tokens(const std::filesystem::path& model_dir) {
  Map map;
  bool old = true;
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    const std::filesystem::path file = model_dir / name;
    if (!old || !std::filesystem::exists(file)) continue;
    const auto json = tokenize::parse_model_json(read_file(file), file);
    const JsonNode root(json, file, "");
    if (!json.is_object()) root.fail("expected an object");
    take_all(root, map);
    old = !root.find("added_tokens_decoder");
  }
  std::vector<SpecialToken> tokens;
  for (const auto& [variable, text] : map) tokens.push_back({variable, text});
  return tokens;
}

}  // namespace fullshard::chat
