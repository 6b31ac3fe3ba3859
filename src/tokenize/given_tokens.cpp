#include "tokenize/given_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>
#include <string_view>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/tokenize/named_tokens.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace json = boost::json;

namespace {

using Named = std::map<std::string, GivenToken>;
using List = std::vector<GivenToken>;

// The names that transformers has itself.
constexpr std::string_view kOwnNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                          "pad_token", "cls_token", "mask_token"};
constexpr std::string_view kFlags[] = {"single_word", "lstrip", "rstrip", "normalized", "special"};

bool is_own(std::string_view name) {
  return std::find(std::begin(kOwnNames), std::end(kOwnNames), name) != std::end(kOwnNames);
}

std::string_view name_of(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

// `special` is what it is where an object does not say.
GivenToken token_of(const JsonNode& node, const std::filesystem::path& file, bool special) {
  GivenToken token{.file = file, .where = node.where()};
  if (node.is_string()) {
    token.text = node.string();
    return token;
  }
  token.text = node.at("content").string();
  token.single_word = node.flag("single_word", false);
  token.lstrip = node.flag("lstrip", false);
  token.rstrip = node.flag("rstrip", false);
  token.special = node.flag("special", special);
  token.normalized = node.flag("normalized", !token.special);
  return token;
}

// One file after the other; what is said later counts, but for names of the model's own: those of the first
// file and of `extra_special_tokens` are explicit, and come before others.
class Reader {
 public:
  void config(const JsonNode& root, const std::filesystem::path& file) {
    for (const auto& member : root.raw().get_object()) {
      const std::string_view name = name_of(member);
      const auto node = root.find(name);
      if (!node || !name.ends_with("_token")) continue;
      if (is_own(name))
        own_.insert_or_assign(std::string(name), token_of(*node, file, true));
      else if (node->is_string())
        explicit_.insert_or_assign(std::string(name), token_of(*node, file, true));
      else if (node->raw().is_object() && node->find("__type"))
        automatic_.insert_or_assign(std::string(name), token_of(*node, file, true));
    }
    if (const auto node = root.find("model_specific_special_tokens"); node && explicit_.empty())
      take_explicit(*node, file);
    if (const auto node = root.find("additional_special_tokens")) additional_ = list_of(*node, file, false);
    const auto extra = root.find("extra_special_tokens");
    if (extra && extra->is_array()) extra_ = list_of(*extra, file, false);
    const bool none = !extra || (extra->is_array() && extra->size() == 0) ||
                      (extra->raw().is_object() && extra->raw().get_object().empty());
    if (additional_ && none) extra_ = std::exchange(additional_, std::nullopt);
    if (!none && !extra->is_array()) take_explicit(*extra, file);
  }

  void map(const JsonNode& root, const std::filesystem::path& file) {
    for (const auto& member : root.raw().get_object()) {
      const std::string name(name_of(member));
      const auto node = root.find(name);
      const bool own = is_own(name);
      if (!node) (own ? own_ : automatic_).erase(name);  // null: there is none
      if (!node || !name.ends_with("_token")) continue;
      if (own || node->is_string() || node->raw().is_object())
        (own ? own_ : automatic_).insert_or_assign(name, token_of(*node, file, true));
    }
    if (const auto node = root.find("additional_special_tokens")) additional_ = list_of(*node, file, true);
    const auto extra = root.find("extra_special_tokens");
    if (!extra) return;
    if (extra->is_array()) {
      List more = list_of(*extra, file, true);
      if (!extra_) extra_.emplace();
      extra_->insert(extra_->end(), more.begin(), more.end());
    } else {
      extra_.reset();
      take_explicit(*extra, file);
    }
  }

  GivenTokens result() {
    GivenTokens given{.named = std::move(own_)};
    for (const Named& more : {automatic_, explicit_})
      for (const auto& [name, token] : more) given.named.insert_or_assign(name, token);
    for (auto& [unused, token] : given.named) token.special = true;
    if (!extra_) extra_ = std::move(additional_);
    if (extra_) given.extra = std::move(*extra_);
    return given;
  }

 private:
  static List list_of(const JsonNode& node, const std::filesystem::path& file, bool special) {
    List list;
    for (int64_t i = 0; i < node.size(); ++i) list.push_back(token_of(node.element(i), file, special));
    return list;
  }
  void take_explicit(const JsonNode& tokens, const std::filesystem::path& file) {
    if (!tokens.raw().is_object()) tokens.fail("expected a list of tokens, or an object of them");
    for (const auto& member : tokens.raw().get_object())
      if (const auto node = tokens.find(name_of(member)))
        explicit_.insert_or_assign(std::string(name_of(member)), token_of(*node, file, true));
  }

  Named own_, automatic_, explicit_;
  std::optional<List> extra_, additional_;
};

std::map<int64_t, GivenToken> listed_tokens(const JsonNode& decoder, const std::filesystem::path& file) {
  if (!decoder.raw().is_object()) decoder.fail("expected an object of tokens by their ids");
  std::map<int64_t, GivenToken> listed;
  for (const auto& member : decoder.raw().get_object()) {
    const std::string_view name = name_of(member);
    int64_t id = 0;
    const auto end = name.data() + name.size();
    if (const auto read = std::from_chars(name.data(), end, id); read.ec != std::errc() || read.ptr != end)
      decoder.fail(fmt::format("expected ids as keys, found \"{}\"", name));
    listed.emplace(id, token_of(decoder.at(name), file, false));
  }
  return listed;
}

json::object entry_of(const GivenToken& token, int64_t id) {
  return {{"id", id},
          {"content", token.text},
          {"single_word", token.single_word},
          {"lstrip", token.lstrip},
          {"rstrip", token.rstrip},
          {"normalized", token.normalized},
          {"special", token.special}};
}

// The entries of `added_tokens`, and those that are put behind them.
class AddedList {
 public:
  AddedList(const std::optional<JsonNode>& added, const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    if (!added) return;
    if (!added->is_array()) added->fail("expected a list of tokens");
    entries_ = added->raw().get_array();
    for (size_t i = 0; i < entries_.size(); ++i)
      if (const json::object* entry = entries_[i].if_object())
        if (const json::value* text = entry->if_contains("content"); text != nullptr && text->is_string())
          settled_[std::string(text->get_string())].push_back(i);
  }

  /// Tokens with this text are special.
  void name(const std::string& text) { named_.insert(text); }

  void take_listed(int64_t id, const GivenToken& token) {
    const auto found = settled_.find(token.text);
    const bool in_file = found != settled_.end();
    const std::optional<int64_t> known =
        in_file ? id_in(found->second[0]) : std::optional<int64_t>(vocabulary_.id_of(token.text));
    if (known != id)
      token.fail(fmt::format("\"{}\" does not have this id in tokenizer.json; the two files must agree",
                             token.text));
    if (!in_file) {
      settled_[token.text] = {append(token, id)};
      return;
    }
    for (const size_t i : found->second) take_flags(entries_[i].get_object(), token);
  }

  enum class Need : uint8_t { Must, May };
  /// transformers gives a token that is nowhere a new id, for which a model has no embedding; most
  /// directories that name one never use it, so it is refused only where texts are made with it.
  void take(const GivenToken& token, Need need) {
    if (token.text.empty() || settled_.contains(token.text)) return;
    const auto id = vocabulary_.id_of(token.text);
    if (!id && need == Need::May) return;
    if (!id)
      token.fail(fmt::format(
          "\"{}\" is not in tokenizer.json; name another or none, or, if the model has an embedding for it, "
          "add to added_tokens there what transformers adds unsaid: {}",
          token.text, json::serialize(entry_of(token, next_free_id()))));
    Behind& behind = behind_[token.text];
    const json::object given = entry_of(token, *id);
    if (std::find(behind.given.begin(), behind.given.end(), given) != behind.given.end()) return;
    if (behind.given.empty())
      behind.entry = append(token, *id);
    else
      take_flags(entries_[behind.entry].get_object(), token);
    behind.given.push_back(given);
  }

  json::array result() { return std::move(entries_); }

 private:
  struct Behind {
    size_t entry = 0;
    std::vector<json::object> given;
  };

  std::optional<int64_t> id_in(size_t entry) const {
    const json::value* id = entries_[entry].get_object().if_contains("id");
    return id != nullptr && id->is_int64() ? std::optional(id->get_int64()) : std::nullopt;
  }
  int64_t next_free_id() const {
    return vocabulary_.count() + std::count_if(settled_.begin(), settled_.end(), [&](const auto& known) {
             return !vocabulary_.id_of(known.first);
           });
  }
  size_t append(const GivenToken& token, int64_t id) {
    json::object entry = entry_of(token, id);
    entry["special"] = token.special || named_.contains(token.text);
    entries_.emplace_back(std::move(entry));
    return entries_.size() - 1;
  }
  // A token that is special once stays so: `tokenizers` keeps a list of these.
  void take_flags(json::object& entry, const GivenToken& token) const {
    const json::object given = entry_of(token, 0);
    const json::value* special = entry.if_contains("special");
    const bool was_special = special != nullptr && *special == true;
    const bool same = std::all_of(std::begin(kFlags), std::end(kFlags), [&](std::string_view flag) {
      const json::value* old = entry.if_contains(flag);
      return old != nullptr && *old == given.at(flag);
    });
    if (same) return;
    for (const std::string_view flag : kFlags) entry[flag] = given.at(flag);
    entry["special"] = token.special || was_special || named_.contains(token.text);
  }

  const Vocabulary& vocabulary_;
  json::array entries_;
  std::map<std::string, std::vector<size_t>> settled_;  // of tokenizer.json or listed
  std::map<std::string, Behind> behind_;
  std::set<std::string> named_;
};

}  // namespace

std::optional<std::string> read_if_there(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? std::optional(read_file(file)) : std::nullopt;
}

void GivenToken::fail(const std::string& message) const {
  throw ModelError(file, where + ": " + message);
}

GivenTokens given_tokens(const std::optional<std::string>& config,
                         const std::optional<std::string>& special_tokens_map,
                         const std::filesystem::path& model_dir) {
  Reader reader;
  std::map<int64_t, GivenToken> listed;
  const auto read = [&](const std::optional<std::string>& text, const char* name, const auto& use) {
    if (!text) return;
    const std::filesystem::path file = model_dir / name;
    const auto value = parse_model_json(*text, file);
    const JsonNode root(value, file, "");
    if (!value.is_object()) root.fail("expected an object");
    use(root, file);
  };
  bool lists = false;
  read(config, "tokenizer_config.json", [&](const JsonNode& root, const std::filesystem::path& file) {
    reader.config(root, file);
    const auto decoder = root.find("added_tokens_decoder");
    lists = decoder.has_value();
    if (decoder) listed = listed_tokens(*decoder, file);
  });
  if (!lists)
    read(special_tokens_map, "special_tokens_map.json",
         [&](const JsonNode& root, const std::filesystem::path& file) { reader.map(root, file); });
  GivenTokens given = reader.result();
  given.listed = std::move(listed);
  return given;
}

json::array completed_added_tokens(const std::optional<JsonNode>& added, const GivenTokens& given,
                                   const Vocabulary& vocabulary) {
  AddedList list(added, vocabulary);
  for (const auto& [unused, token] : given.named) list.name(token.text);
  for (const auto& [id, token] : given.listed) list.take_listed(id, token);
  // Of several that give a token that is not listed, the last one counts that is not said before.
  for (const std::string_view name : kOwnNames)
    if (const auto own = given.named.find(std::string(name)); own != given.named.end())
      list.take(own->second,
                name == "bos_token" || name == "eos_token" ? AddedList::Need::Must : AddedList::Need::May);
  for (const auto& [name, token] : given.named)
    if (!is_own(name)) list.take(token, AddedList::Need::May);
  for (const GivenToken& token : given.extra) list.take(token, AddedList::Need::May);
  return list.result();
}

std::vector<NamedToken> read_named_tokens(const std::filesystem::path& model_dir) {
  const GivenTokens given = given_tokens(read_if_there(model_dir / "tokenizer_config.json"),
                                         read_if_there(model_dir / "special_tokens_map.json"), model_dir);
  std::vector<NamedToken> tokens;
  for (const auto& [name, token] : given.named) tokens.push_back({name, token.text});
  return tokens;
}

}  // namespace fullshard::tokenize
