#include "tokenize/normalizer.hpp"

#include <fmt/format.h>

#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

std::string stripped(std::string_view text, bool left, bool right) {
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
  return std::string(begin < end ? text.substr(begin, end - begin) : std::string_view{});
}

}  // namespace

std::string replace_all(const Pattern& pattern, std::string_view text, std::string_view content) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  size_t done = 0, from = 0;
  while (const auto match = pattern.find(text, from)) {
    out += text.substr(done, match->begin - done);
    out += content;
    done = match->end;
    from = match->end;
    if (match->begin == match->end) {  // an empty match: step over one code point
      if (from >= text.size()) break;
      from += static_cast<size_t>(valid_code_point_at(text, from).length);
    }
  }
  out += text.substr(done);
  return out;
}

Normalizer Normalizer::from(const JsonNode& node) {
  Normalizer n;
  n.add(node);
  return n;
}

void Normalizer::add(const JsonNode& node) {
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

void Normalizer::apply(const Step& step, Result& r) {
  if (const auto* form = std::get_if<NormalForm>(&step)) {
    r.text = normalized(r.text, *form);
  } else if (const auto* replace = std::get_if<Replace>(&step)) {
    if (replace->content.empty())
      if (const auto match = replace->pattern.find(r.text, 0); match && match->begin == 0 && match->end > 0)
        r.from_start = false;
    r.text = replace_all(replace->pattern, r.text, replace->content);
  } else if (const auto* strip = std::get_if<Strip>(&step)) {
    if (strip->left && !r.text.empty() && is_white_space(valid_code_point_at(r.text, 0).value))
      r.from_start = false;
    r.text = stripped(r.text, strip->left, strip->right);
  } else if (const auto* prepend = std::get_if<Prepend>(&step)) {
    if (!r.text.empty()) r.text.insert(0, prepend->text);
  } else {
    r.text = lower_case(r.text);
  }
}

Normalizer::Result Normalizer::apply(std::string_view text) const {
  Result result{std::string(text), true};
  for (const Step& step : steps_) apply(step, result);
  return result;
}

}  // namespace fullshard::tokenize
