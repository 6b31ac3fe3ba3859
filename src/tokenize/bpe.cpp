#include "tokenize/bpe.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "tokenize/json_text.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

namespace {

struct MergeText {
  std::string_view left, right;
};

// "left right" or ["left", "right"].
MergeText merge_text(const JsonNode& list, int64_t i) {
  const JsonNode merge = list.element(i);
  if (merge.is_array()) {
    if (merge.size() != 2) merge.fail(fmt::format("expected two tokens, found {}", merge.size()));
    return {merge.element(0).string(), merge.element(1).string()};
  }
  const std::string_view text = merge.string();
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
    merge.fail(fmt::format("expected two tokens with one space between them, found \"{}\"", text));
  return {text.substr(0, space), text.substr(space + 1)};
}

void refuse_variants(const JsonNode& model) {
  model.only({"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
              "byte_fallback", "ignore_merges", "vocab", "merges"});
  const std::string type = model.text("type", "BPE");
  if (type != "BPE")
    model.fail(fmt::format("the model type \"{}\" is not supported; use a tokenizer of type BPE", type));
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const std::string value = model.text(key, ""); !value.empty())
      model.fail(fmt::format("{} \"{}\" is not supported", key, value));
  if (const auto dropout = model.find("dropout"))
    if (!dropout->raw().is_number() || dropout->raw().to_number<double>() != 0)
      dropout->fail("random dropout of merges is not supported; remove it");
}

}  // namespace

Bpe Bpe::from(const JsonNode& model, Units units) {
  refuse_variants(model);
  Bpe bpe;
  bpe.units_ = units;
  bpe.fuse_unknown_ = model.flag("fuse_unk", false);
  bpe.byte_fallback_ = model.flag("byte_fallback", false);
  bpe.ignore_merges_ = model.flag("ignore_merges", false);
  bpe.read_vocabulary(model.at("vocab"));
  bpe.read_merges(model.at("merges"));
  if (const auto unknown = model.find("unk_token")) {
    bpe.unknown_ = bpe.vocabulary_.id_of(unknown->string());
    if (!bpe.unknown_) unknown->fail(fmt::format("\"{}\" is not in the vocabulary", unknown->string()));
  }
  for (size_t b = 0; b < 256; ++b)
    bpe.fallback_ids_[b] = bpe.vocabulary_.id_of(fmt::format("<0x{:02X}>", b)).value_or(-1);
  bpe.read_byte_starts();
  bpe.read_words();
  bpe.find_mark();
  return bpe;
}

void Bpe::read_vocabulary(const JsonNode& node) {
  if (!node.raw().is_object()) node.fail("expected an object of tokens and ids");
  const auto& object = node.raw().get_object();
  int64_t bytes = 0;
  for (const auto& token : object) bytes += static_cast<int64_t>(token.key().size());
  vocabulary_.reserve(static_cast<int64_t>(object.size()), bytes);
  for (const auto& token : object) {
    const std::string_view text(token.key().data(), token.key().size());
    if (!token.value().is_int64()) node.fail(fmt::format("the id of \"{}\" is not an integer", text));
    const int64_t id = token.value().get_int64();
    const auto added = vocabulary_.add(text, id);
    if (added == Vocabulary::Added::IdOutOfRange)
      node.fail(
          fmt::format("the id of \"{}\": expected 0 to {}, found {}", text, Vocabulary::kLargestId, id));
    if (added == Vocabulary::Added::IdTaken)
      node.fail(fmt::format("\"{}\" and \"{}\" have the same id {}", text, *vocabulary_.token_of(id), id));
  }
}

void Bpe::read_merges(const JsonNode& node) {
  merges_ = MergeTable(node.size());
  std::string joined;
  for (int64_t i = 0; i < node.size(); ++i) {
    const MergeText m = merge_text(node, i);
    const auto id = [&](std::string_view token) {
      if (const auto found = vocabulary_.id_of(token)) return *found;
      node.fail(fmt::format("merge {} needs the token \"{}\", which the vocabulary lacks", i, token));
    };
    joined.assign(m.left).append(m.right);
    merges_.set(id(m.left), id(m.right), {static_cast<int32_t>(i), id(joined)});
  }
}

void Bpe::read_byte_starts() {
  for (size_t b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    byte_starts_[b] =
        start_of(units_ == Units::Bytes ? std::string_view(alphabet_.character_of(static_cast<uint8_t>(b)))
                                        : std::string_view(&byte, 1));
  }
}

// A token is a word's only one where merging says so, or at once where merges are ignored.
void Bpe::read_words() {
  std::vector<WordTable::Word> words;
  std::vector<int32_t> ids;
  for (int64_t id = 0; id < vocabulary_.size(); ++id) {
    const auto token = vocabulary_.token_of(id);
    if (!token || token->empty()) continue;
    const auto text = units_ == Units::Bytes ? alphabet_.bytes_of(*token) : std::string(*token);
    if (!text) continue;
    if (!ignore_merges_) {
      ids.clear();
      append_merged(*text, ids);
      if (ids.size() != 1 || ids[0] != id) continue;
    }
    words.push_back({*text, static_cast<int32_t>(id)});
  }
  words_ = WordTable(words);
}

// SentencePiece's vocabularies mark the beginnings of words by U+2581 and have no word that goes on behind
// the next one's mark. Texts of such a vocabulary come as one word; in front of a mark it falls apart.
void Bpe::find_mark() {
  constexpr std::string_view mark = "\xE2\x96\x81";
  if (units_ == Units::Bytes || !vocabulary_.id_of(mark)) return;
  for (int64_t id = 0; id < vocabulary_.size(); ++id) {
    const std::string_view token = vocabulary_.token_of(id).value_or("");
    for (size_t at = token.find(mark); at != std::string_view::npos; at = token.find(mark, at + mark.size()))
      if (at > 0 && !token.substr(0, at).ends_with(mark)) return;
  }
  mark_ = mark;
}

Bpe::Start Bpe::start_of(std::string_view unit) const {
  Start s;
  if (const auto id = vocabulary_.id_of(unit)) {
    s.ids[0] = *id;
    s.count = 1;
    return s;
  }
  s.fallback = byte_fallback_;
  for (const char b : unit) {
    const int32_t id = fallback_ids_[static_cast<uint8_t>(b)];
    s.fallback = s.fallback && id >= 0;
    s.ids[static_cast<size_t>(s.count++)] = id;
  }
  if (s.fallback) return s;
  return {.unknown = true};
}

// Calls push(id, range) for the tokens of the word before any merge.
template <class Push>
void Bpe::for_each_start(std::string_view word, const Push& push) const {
  bool pending = false;  // an unknown token that may still grow
  TextRange unknown;
  for (size_t at = 0; at < word.size();) {
    size_t length = 1;
    Start s;
    if (units_ == Units::Bytes) {
      s = byte_starts_[static_cast<uint8_t>(word[at])];
    } else {
      length = static_cast<size_t>(valid_code_point_at(word, at).length);
      s = length == 1 ? byte_starts_[static_cast<uint8_t>(word[at])] : start_of(word.substr(at, length));
    }
    const TextRange here{at, at + length};
    at += length;
    if (s.unknown) {
      if (!unknown_) continue;  // without an unknown token such a character vanishes
      if (pending && !fuse_unknown_) push(*unknown_, unknown);
      unknown = {pending && fuse_unknown_ ? unknown.begin : here.begin, here.end};
      pending = true;
      continue;
    }
    // Bytes of a fallback do not end a run of unknown characters: the run's token follows them, as in the
    // reference implementation.
    if (pending && !s.fallback) {
      push(*unknown_, unknown);
      pending = false;
    }
    if (s.count == 1)
      push(s.ids[0], here);
    else
      for (size_t i = 0; i < static_cast<size_t>(s.count); ++i)
        push(s.ids[i], {here.begin + i, here.begin + i + 1});
  }
  if (pending) push(*unknown_, unknown);
}

// The parts of a word that merge for themselves, in order.
template <class Visit>
void Bpe::for_each_part(std::string_view word, const Visit& visit) const {
  size_t begin = 0;
  if (!mark_.empty() && !ignore_merges_)
    for (size_t at = word.find(mark_, 1); at != std::string_view::npos;
         at = word.find(mark_, at + mark_.size())) {
      if (word.substr(begin, at - begin).ends_with(mark_)) continue;
      visit(word.substr(begin, at - begin));
      begin = at;
    }
  visit(word.substr(begin));
}

void Bpe::append_ids(std::string_view word, std::vector<int32_t>& out) const {
  for_each_part(word, [&](std::string_view part) {
    if (const int32_t id = words_.find(part); id >= 0)
      out.push_back(id);
    else
      append_merged(part, out);
  });
}

void Bpe::append_merged(std::string_view word, std::vector<int32_t>& out) const {
  const size_t from = out.size();
  for_each_start(word, [&](int32_t id, TextRange) { out.push_back(id); });
  merge_all(merges_, out, from);
}

void Bpe::append_with_ranges(std::string_view word, Encoding& out) const {
  const auto push = [&](int32_t id, TextRange range) {
    out.ids.push_back(id);
    out.ranges.push_back(range);
  };
  for_each_part(word, [&](std::string_view part) {
    const auto begin = static_cast<size_t>(part.data() - word.data());
    if (const int32_t id = words_.find(part); id >= 0) return push(id, {begin, begin + part.size()});
    const size_t from = out.ids.size();
    for_each_start(part, [&](int32_t id, TextRange range) {
      push(id, {begin + range.begin, begin + range.end});
    });
    merge_all(merges_, out, from);
  });
}

}  // namespace fullshard::tokenize
