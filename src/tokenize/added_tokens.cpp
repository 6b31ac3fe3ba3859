#include "tokenize/added_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokenize/json_text.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

namespace {

// How far the search may go at each byte of a text and find nothing. A bound, and no failure links: of tokens
// that overlap the longest is wanted, and with links too a search reads on to where that could end before it
// takes a shorter one. The longest tokens in circulation, runs of spaces, have about a hundred bytes.
constexpr size_t kLongestToken = 1024;

bool word_before(std::string_view text) {
  if (text.empty()) return false;
  size_t at = text.size() - 1;
  while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) --at;
  return is_word(valid_code_point_at(text, at).value);
}

bool word_after(std::string_view text) {
  return !text.empty() && is_word(valid_code_point_at(text, 0).value);
}

size_t without_spaces_before(std::string_view text, size_t begin, size_t end) {
  while (end > begin) {
    size_t at = end - 1;
    while (at > begin && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) --at;
    if (!is_white_space(valid_code_point_at(text, at).value)) break;
    end = at;
  }
  return end;
}

size_t behind_spaces(std::string_view text, size_t at) {
  while (at < text.size()) {
    const CodePoint c = valid_code_point_at(text, at);
    if (!is_white_space(c.value)) break;
    at += static_cast<size_t>(c.length);
  }
  return at;
}

AddedToken read_token(const JsonNode& node) {
  node.only({"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
  AddedToken t;
  t.content = node.at("content").string();
  const int64_t id = node.at("id").integer();
  if (id < 0 || id > Vocabulary::kLargestId)
    node.fail(fmt::format("id: expected 0 to {}, found {}", Vocabulary::kLargestId, id));
  t.id = static_cast<int32_t>(id);
  t.single_word = node.flag("single_word", false);
  t.lstrip = node.flag("lstrip", false);
  t.rstrip = node.flag("rstrip", false);
  t.special = node.flag("special", false);
  t.normalized = node.flag("normalized", !t.special);
  if (t.content.empty()) node.fail("content: expected a text, found an empty one");
  if (first_invalid_utf8(t.content) != std::string::npos) node.fail("content: expected UTF-8");
  return t;
}

}  // namespace

void WordFinder::add(std::string_view word, int32_t value) {
  size_t at = 0;
  for (const char c : word) {
    const auto [edge, fresh] = nodes_[at].next.try_emplace(c, static_cast<int32_t>(nodes_.size()));
    at = static_cast<size_t>(edge->second);
    if (fresh) nodes_.emplace_back();
  }
  if (nodes_[at].value < 0) nodes_[at].value = value;
  if (!word.empty()) begins_[static_cast<uint8_t>(word[0])] = true;
  one_beginning_ = nodes_[0].next.size() == 1 ? std::string(1, nodes_[0].next.begin()->first) : "";
}

// Where a word may begin at or after `from`; the text's size where none does.
size_t WordFinder::next_candidate(std::string_view text, size_t from) const {
  if (!one_beginning_.empty()) return std::min(text.find(one_beginning_[0], from), text.size());
  while (from < text.size() && !begins_[static_cast<uint8_t>(text[from])]) ++from;
  return from;
}

std::optional<WordFinder::Found> WordFinder::find(std::string_view text, size_t from) const {
  if (nodes_[0].next.empty()) return std::nullopt;
  for (size_t begin = from; (begin = next_candidate(text, begin)) < text.size(); ++begin) {
    std::optional<Found> longest;
    size_t node = 0;
    for (size_t at = begin; at < text.size(); ++at) {
      const auto edge = nodes_[node].next.find(text[at]);
      if (edge == nodes_[node].next.end()) break;
      node = static_cast<size_t>(edge->second);
      if (nodes_[node].value >= 0) longest = Found{begin, at + 1, nodes_[node].value};
    }
    if (longest) return longest;
  }
  return std::nullopt;
}

AddedTokens AddedTokens::from(const JsonNode& list, const Vocabulary& vocabulary,
                              const Normalizer& normalizer) {
  std::vector<std::pair<JsonNode, AddedToken>> by_id;
  for (int64_t i = 0; i < list.size(); ++i) by_id.emplace_back(list.element(i), read_token(list.element(i)));
  std::stable_sort(by_id.begin(), by_id.end(),
                   [](const auto& a, const auto& b) { return a.second.id < b.second.id; });
  AddedTokens out;
  int64_t next_free = vocabulary.count();
  for (const auto& [node, token] : by_id) {
    if (const AddedToken* twin = out.by_content(token.content)) {
      if (twin->same_as(token)) continue;
      node.fail(fmt::format("the token \"{}\" is added twice in different ways; keep one", token.content));
    }
    const auto in_model = vocabulary.id_of(token.content);
    const int64_t expected = in_model ? *in_model : next_free;
    if (token.id != expected)
      node.fail(fmt::format("the token \"{}\" has id {}, but {} {}; the file contradicts itself",
                            token.content, token.id,
                            in_model ? "the model's vocabulary says" : "the next free one is", expected));
    if (!in_model) ++next_free;
    out.insert(token, normalizer);
    if (const size_t bytes = out.tokens_.back().shown.size(); bytes > kLongestToken)
      node.fail(fmt::format("expected a token of at most {} bytes, found {}", kLongestToken, bytes));
  }
  return out;
}

void AddedTokens::insert(const AddedToken& token, const Normalizer& normalizer) {
  const auto index = static_cast<int32_t>(tokens_.size());
  tokens_.push_back(token);
  by_content_.emplace(token.content, tokens_.size() - 1);
  by_id_.emplace(token.id, tokens_.size() - 1);
  end_id_ = std::max<int64_t>(end_id_, token.id + 1);
  if (token.normalized) {
    tokens_.back().shown = normalizer.apply(token.content).text;
    normalized_.add(tokens_.back().shown, index);
  } else {
    tokens_.back().shown = token.content;
    raw_.add(token.content, index);
  }
}

const AddedToken* AddedTokens::by_id(int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

const AddedToken* AddedTokens::by_content(std::string_view content) const {
  const auto found = by_content_.find(std::string(content));
  return found == by_content_.end() ? nullptr : &tokens_[found->second];
}

std::vector<Segment> AddedTokens::split(std::string_view text, Text kind) const {
  const WordFinder& finder = kind == Text::Raw ? raw_ : normalized_;
  std::vector<Segment> out;
  size_t done = 0, end_of_spaces = 0;
  for (size_t from = 0; const auto found = finder.find(text, from);) {
    from = found->end;
    size_t begin = found->begin, end = found->end;
    const AddedToken& token = tokens_[static_cast<size_t>(found->value)];
    if (token.single_word && (word_before(text.substr(0, begin)) || word_after(text.substr(end)))) continue;
    // Of spaces that the token before has taken none are looked at again, where they are tokens too.
    if (token.lstrip) begin = std::max(without_spaces_before(text, done, begin), done);
    if (token.rstrip) end = end_of_spaces = end > end_of_spaces ? behind_spaces(text, end) : end_of_spaces;
    if (done < begin) out.push_back({text.substr(done, begin - done), -1});
    if (begin < end) out.push_back({text.substr(begin, end - begin), token.id});
    done = end;
  }
  if (done < text.size()) out.push_back({text.substr(done), -1});
  return out;
}

}  // namespace fullshard::tokenize
