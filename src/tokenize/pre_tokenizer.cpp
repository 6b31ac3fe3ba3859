#include "tokenize/pre_tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokenize/json_text.hpp"
#include "tokenize/step_limit.hpp"

namespace fullshard::tokenize {

namespace {

SplitBehavior behavior_of(const JsonNode& node) {
  const std::string_view name = node.string();
  if (name == "Removed") return SplitBehavior::Removed;
  if (name == "Isolated") return SplitBehavior::Isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::MergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::MergedWithNext;
  if (name == "Contiguous") return SplitBehavior::Contiguous;
  node.fail(fmt::format("the split behaviour \"{}\" is not known", name));
}

struct Part {
  TextRange range;
  bool match = false;
};

// The text from end to end as matches and what lies between them.
std::vector<Part> parts_of(std::string_view text, bool invert,
                           const std::function<std::optional<TextRange>(size_t)>& find) {
  std::vector<Part> parts;
  size_t done = 0, from = 0;
  while (from <= text.size()) {
    const auto match = find(from);
    if (!match) break;
    if (match->begin > done) parts.push_back({{done, match->begin}, invert});
    parts.push_back({*match, !invert});
    done = from = match->end;
    if (match->begin < match->end) continue;
    if (from >= text.size()) break;
    from += static_cast<size_t>(valid_code_point_at(text, from).length);
  }
  if (done < text.size()) parts.push_back({{done, text.size()}, invert});
  return parts;
}

void merge_with_previous(std::vector<TextRange>& out, const std::vector<Part>& parts) {
  bool previous_match = false;
  for (const Part& p : parts) {
    if (p.match && !previous_match && !out.empty())
      out.back().end = p.range.end;
    else
      out.push_back(p.range);
    previous_match = p.match;
  }
}

void merge_with_next(std::vector<TextRange>& out, const std::vector<Part>& parts) {
  bool next_match = false;
  for (auto p = parts.rbegin(); p != parts.rend(); ++p) {
    if (p->match && !next_match && !out.empty())
      out.back().begin = p->range.begin;
    else
      out.push_back(p->range);
    next_match = p->match;
  }
  std::reverse(out.begin(), out.end());
}

void merge_runs(std::vector<TextRange>& out, const std::vector<Part>& parts) {
  bool previous = false;
  for (const Part& p : parts) {
    if (!out.empty() && p.match == previous)
      out.back().end = p.range.end;
    else
      out.push_back(p.range);
    previous = p.match;
  }
}

TextRange first_character(std::string_view text) {
  return {0, static_cast<size_t>(valid_code_point_at(text, 0).length)};
}

Origin origin_of(std::string_view text, const Piece& made_from, const SourceMap& map) {
  return {text, made_from.origin, static_cast<size_t>(made_from.text.data() - made_from.origin->text.data()),
          &map};
}

}  // namespace

std::vector<TextRange> split_ranges(std::string_view text, SplitBehavior behavior, bool invert,
                                    const std::function<std::optional<TextRange>(size_t)>& find) {
  const std::vector<Part> parts = parts_of(text, invert, find);
  std::vector<TextRange> out;
  out.reserve(parts.size());
  switch (behavior) {
    case SplitBehavior::Removed:
      for (const Part& p : parts)
        if (!p.match) out.push_back(p.range);
      break;
    case SplitBehavior::Isolated:
      for (const Part& p : parts) out.push_back(p.range);
      break;
    case SplitBehavior::MergedWithPrevious:
      merge_with_previous(out, parts);
      break;
    case SplitBehavior::MergedWithNext:
      merge_with_next(out, parts);
      break;
    case SplitBehavior::Contiguous:
      merge_runs(out, parts);
      break;
  }
  std::erase_if(out, [](TextRange r) { return r.begin == r.end; });
  return out;
}

PreTokenizer PreTokenizer::from(const JsonNode& node) {
  PreTokenizer p;
  p.add(node);
  return p;
}

void PreTokenizer::add(const JsonNode& node) {
  check_step_count(steps_.size(), node);
  const std::string_view type = node.at("type").string();
  if (byte_level_) node.fail("a pre-tokenizer after ByteLevel is not supported; put ByteLevel last");
  if (type == "Sequence") {
    node.only({"type", "pretokenizers"});
    const JsonNode list = node.at("pretokenizers");
    for (int64_t i = 0; i < list.size(); ++i) add(list.element(i));
  } else if (type == "ByteLevel") {
    add_byte_level(node);
  } else if (type == "Metaspace") {
    add_metaspace(node);
  } else if (type == "Split") {
    node.only({"type", "pattern", "behavior", "invert"});
    steps_.emplace_back(Split{Pattern::from(node.at("pattern")), behavior_of(node.at("behavior")),
                              node.at("invert").boolean()});
  } else if (!add_by_class(node, type)) {
    node.fail(
        fmt::format("the pre-tokenizer \"{}\" is not supported; ByteLevel, Split, Digits, Punctuation, "
                    "Whitespace, WhitespaceSplit, Metaspace and Sequence are",
                    type));
  }
}

bool PreTokenizer::add_by_class(const JsonNode& node, std::string_view type) {
  if (type == "Digits") {
    node.only({"type", "individual_digits"});
    const bool each = node.flag("individual_digits", false);
    steps_.emplace_back(ByClass(&is_numeric, each ? SplitBehavior::Isolated : SplitBehavior::Contiguous));
  } else if (type == "Punctuation") {
    node.only({"type", "behavior"});
    const auto behavior = node.find("behavior");
    steps_.emplace_back(
        ByClass{&is_punctuation, behavior ? behavior_of(*behavior) : SplitBehavior::Isolated});
  } else if (type == "WhitespaceSplit") {
    node.only({"type"});
    steps_.emplace_back(ByClass{&is_white_space, SplitBehavior::Removed});
  } else if (type == "Whitespace") {
    // \w+|[^\w\s]+ : spaces go, then runs of word and of other characters part.
    node.only({"type"});
    steps_.emplace_back(ByClass{&is_white_space, SplitBehavior::Removed});
    steps_.emplace_back(ByClass{&is_word, SplitBehavior::Contiguous});
  } else {
    return false;
  }
  return true;
}

PreTokenizer::ByClass::ByClass(bool (*in_class)(char32_t), SplitBehavior what)
    : matches(in_class), behavior(what) {
  for (char32_t c = 0; c < ascii.size(); ++c) ascii[c] = matches(c);
}

// The next character of the class at or after `from`.
std::optional<TextRange> PreTokenizer::ByClass::find(std::string_view text, size_t from) const {
  for (size_t at = from; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte < ascii.size()) {
      if (ascii[byte]) return TextRange{at, at + 1};
      ++at;
      continue;
    }
    const CodePoint c = valid_code_point_at(text, at);
    const size_t next = at + static_cast<size_t>(c.length);
    if (matches(c.value)) return TextRange{at, next};
    at = next;
  }
  return std::nullopt;
}

void PreTokenizer::add_byte_level(const JsonNode& node) {
  node.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  if (node.flag("add_prefix_space", true)) steps_.emplace_back(PrefixSpace{});
  if (node.flag("use_regex", true))
    steps_.emplace_back(Split{Pattern::regex(regex_of(WordPattern::Gpt2)), SplitBehavior::Isolated, false});
  byte_level_ = true;
}

void PreTokenizer::add_metaspace(const JsonNode& node) {
  node.only({"type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"});
  const std::string scheme = node.text("prepend_scheme", "always");
  When when = When::Always;
  if (scheme == "first")
    when = When::First;
  else if (scheme == "never")
    when = When::Never;
  else if (scheme != "always")
    node.fail(fmt::format("prepend_scheme: expected always, first or never, found \"{}\"", scheme));
  if (!node.flag("add_prefix_space", true)) when = When::Never;  // how older files say never
  steps_.emplace_back(
      Metaspace{std::string(node.at("replacement").character()), when, node.flag("split", true)});
}

void PreTokenizer::run(size_t index, Piece piece, Walk& walk) const {
  if (piece.text.empty()) return;
  if (index == steps_.size()) return walk.sink(piece);
  const Step& step = steps_[index];
  const auto hand_on = [&](TextRange r) {
    run(index + 1, {piece.text.substr(r.begin, r.size()), piece.first && r.begin == 0, piece.origin}, walk);
  };
  if (const auto* split = std::get_if<Split>(&step)) {
    const auto find = [&](size_t from) { return split->pattern.find(piece.text, from, walk.budget); };
    const auto words = split->pattern.words_of(piece.text);
    if (split->behavior == SplitBehavior::Isolated && words) {
      for (size_t at = 0, end = 0; at < piece.text.size(); at = end) {  // end to end: nothing to collect
        end = words->end_of_word(at);
        hand_on({at, end});
      }
      return;
    }
    for (const TextRange r : split_ranges(piece.text, split->behavior, split->invert, find)) hand_on(r);
  } else if (const auto* by_class = std::get_if<ByClass>(&step)) {
    const auto find = [&](size_t from) { return by_class->find(piece.text, from); };
    if (by_class->behavior == SplitBehavior::Isolated) {
      size_t done = 0;
      while (const auto match = find(done)) {
        if (match->begin > done) hand_on({done, match->begin});
        hand_on(*match);
        done = match->end;
      }
      if (done < piece.text.size()) hand_on({done, piece.text.size()});
      return;
    }
    for (const TextRange r : split_ranges(piece.text, by_class->behavior, false, find)) hand_on(r);
  } else if (const auto* metaspace = std::get_if<Metaspace>(&step)) {
    run_metaspace(*metaspace, index + 1, piece, walk);
  } else {
    run_prefix_space(index + 1, piece, walk);
  }
}

void PreTokenizer::run_prefix_space(size_t next, Piece piece, Walk& walk) const {
  if (piece.text.front() == ' ') return run(next, piece, walk);
  const std::string prefixed = " " + std::string(piece.text);
  if (piece.origin == nullptr) return run(next, {prefixed, piece.first}, walk);
  SourceMap map;
  map.put(1, first_character(piece.text));
  map.keep(piece.text.size());
  const Origin origin = origin_of(prefixed, piece, map);
  run(next, {prefixed, piece.first, &origin}, walk);
}

void PreTokenizer::run_metaspace(const Metaspace& step, size_t next, Piece piece, Walk& walk) const {
  std::string text;
  text.reserve(piece.text.size() + piece.text.size() / 4);
  SourceMap map;
  const bool wanted = step.prepend == When::Always || (step.prepend == When::First && piece.first);
  if (wanted && !piece.text.starts_with(' ') && !piece.text.starts_with(step.replacement)) {
    text += step.replacement;
    map.put(text.size(), first_character(piece.text));
  }
  for (size_t at = 0; at < piece.text.size();) {
    const size_t end = std::min(piece.text.find(' ', at), piece.text.size());
    text += piece.text.substr(at, end - at);
    map.keep(end - at);
    if (end < piece.text.size()) {
      text += step.replacement;
      map.replace(1, step.replacement.size());
    }
    at = end + 1;
  }
  Origin origin;
  if (piece.origin != nullptr) origin = origin_of(text, piece, map);
  const Origin* known = piece.origin == nullptr ? nullptr : &origin;
  if (!step.split) return run(next, {text, piece.first, known}, walk);
  const Pattern mark = Pattern::literal(step.replacement);
  const auto find = [&](size_t from) { return mark.find(text, from, walk.budget); };
  for (const TextRange r : split_ranges(text, SplitBehavior::MergedWithNext, false, find))
    run(next, {std::string_view(text).substr(r.begin, r.size()), piece.first && r.begin == 0, known}, walk);
}

}  // namespace fullshard::tokenize
