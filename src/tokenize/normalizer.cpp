#include "tokenize/normalizer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokenize/json_text.hpp"
#include "tokenize/step_limit.hpp"

namespace fullshard::tokenize {

namespace {

TextRange range_stripped(std::string_view text, bool left, bool right) {
  size_t begin = text.size(), end = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = valid_code_point_at(text, at);
    const size_t next = at + static_cast<size_t>(c.length);
    if (!is_white_space(c.value)) {
      begin = std::min(begin, at);
      end = next;
    }
    at = next;
  }
  if (!left) begin = 0;
  if (!right) end = text.size();
  return begin < end ? TextRange{begin, end} : TextRange{};
}

size_t length_at(std::string_view text, size_t at) {
  return static_cast<size_t>(valid_code_point_at(text, at).length);
}

// Calls keep(part) and replace(match) from end to end of the text.
template <class Keep, class Replace>
void walk_matches(const Pattern& pattern, std::string_view text, const Keep& keep, const Replace& replace) {
  MatchBudget budget(text.size());
  size_t done = 0, from = 0;
  while (const auto match = pattern.find(text, from, budget)) {
    keep(text.substr(done, match->begin - done));
    replace(*match);
    done = match->end;
    from = match->end;
    if (match->empty()) {  // step over one code point
      if (from >= text.size()) break;
      from += length_at(text, from);
    }
  }
  keep(text.substr(done));
}

SourceMap map_of_form(std::string_view text, NormalForm form) {
  SourceMap map;
  for (size_t at = 0; at < text.size();) {
    const size_t end = end_of_normal_part(text, at);
    const std::string_view part = text.substr(at, end - at);
    map.replace(part, normalized(part, form));
    at = end;
  }
  return map;
}

SourceMap map_of_lower_case(std::string_view text) {
  SourceMap map;
  for (size_t at = 0; at < text.size();) {
    const std::string_view c = text.substr(at, length_at(text, at));
    map.replace(c, lower_case(c));
    at += c.size();
  }
  return map;
}

}  // namespace

std::string replace_all(const Pattern& pattern, std::string_view text, std::string_view content,
                        const GrowthLimit& limit) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  walk_matches(
      pattern, text, [&](std::string_view part) { out += part; },
      [&](TextRange) {
        out += content;
        limit.check(out.size());
      });
  return out;
}

Normalizer Normalizer::from(const JsonNode& node) {
  Normalizer n;
  n.add(node);
  return n;
}

void Normalizer::add(const JsonNode& node) {
  check_step_count(steps_.size(), node);
  const std::string_view type = node.at("type").string();
  if (type == "Sequence") {
    node.only({"type", "normalizers"});
    const JsonNode list = node.at("normalizers");
    for (int64_t i = 0; i < list.size(); ++i) add(list.element(i));
  } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
    node.only({"type"});
    steps_.emplace_back(type == "NFC"    ? NormalForm::Nfc
                        : type == "NFD"  ? NormalForm::Nfd
                        : type == "NFKC" ? NormalForm::Nfkc
                                         : NormalForm::Nfkd);
  } else if (type == "Prepend") {
    node.only({"type", "prepend"});
    steps_.emplace_back(Prepend{std::string(node.at("prepend").string())});
  } else if (type == "Replace") {
    node.only({"type", "pattern", "content"});
    steps_.emplace_back(Replace{Pattern::from(node.at("pattern")), std::string(node.at("content").string())});
  } else if (type == "Strip") {
    node.only({"type", "strip_left", "strip_right"});
    steps_.emplace_back(Strip{node.at("strip_left").boolean(), node.at("strip_right").boolean()});
  } else if (type == "Lowercase") {
    node.only({"type"});
    steps_.emplace_back(LowerCase{});
  } else {
    node.fail(
        fmt::format("the normalizer \"{}\" is not supported; NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip, "
                    "Lowercase and Sequence are",
                    type));
  }
}

void Normalizer::apply(const Step& step, const GrowthLimit& limit, Result& r) {
  if (const auto* form = std::get_if<NormalForm>(&step)) {
    r.text = normalized(r.text, *form);
  } else if (const auto* replace = std::get_if<Replace>(&step)) {
    if (MatchBudget budget(r.text.size()); replace->content.empty())
      if (const auto match = replace->pattern.find(r.text, 0, budget);
          match && match->begin == 0 && match->end > 0)
        r.from_start = false;
    r.text = replace_all(replace->pattern, r.text, replace->content, limit);
  } else if (const auto* strip = std::get_if<Strip>(&step)) {
    if (strip->left && !r.text.empty() && is_white_space(valid_code_point_at(r.text, 0).value))
      r.from_start = false;
    const TextRange left = range_stripped(r.text, strip->left, strip->right);
    r.text = r.text.substr(left.begin, left.size());
  } else if (const auto* prepend = std::get_if<Prepend>(&step)) {
    if (!r.text.empty()) r.text.insert(0, prepend->text);
  } else {
    r.text = lower_case(r.text);
  }
}

bool Normalizer::leaves(std::string_view text) const {
  return std::all_of(steps_.begin(), steps_.end(), [&](const Step& step) {
    const auto* form = std::get_if<NormalForm>(&step);
    return form != nullptr && is_surely_normal(text, *form);
  });
}

SourceMap Normalizer::map_of(const Step& step, std::string_view before, std::string_view after) {
  SourceMap map;
  if (before == after) return map;
  if (const auto* form = std::get_if<NormalForm>(&step)) {
    map = map_of_form(before, *form);
  } else if (const auto* replace = std::get_if<Replace>(&step)) {
    walk_matches(
        replace->pattern, before, [&](std::string_view part) { map.keep(part.size()); },
        [&](TextRange match) { map.replace(match.size(), replace->content.size()); });
  } else if (const auto* strip = std::get_if<Strip>(&step)) {
    map.skip(range_stripped(before, strip->left, strip->right).begin);
    map.keep(after.size());
  } else if (const auto* prepend = std::get_if<Prepend>(&step)) {
    map.put(prepend->text.size(), {0, length_at(before, 0)});
    map.keep(before.size());
  } else {
    map = map_of_lower_case(before);
  }
  return map;
}

Normalizer::Result Normalizer::apply(std::string_view text, Mapping mapping) const {
  Result result{std::string(text), true, {}};
  const GrowthLimit limit(text.size());
  std::string before;
  for (const Step& step : steps_) {
    if (mapping == Mapping::Kept) before = result.text;
    apply(step, limit, result);
    limit.check(result.text.size());
    if (mapping == Mapping::Kept) result.map = result.map.then(map_of(step, before, result.text));
  }
  return result;
}

}  // namespace fullshard::tokenize
