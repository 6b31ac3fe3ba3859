#include "tokenize/decoder.hpp"

#include <fmt/format.h>

#include <charconv>

#include "tokenize/json_text.hpp"
#include "tokenize/normalizer.hpp"
#include "tokenize/step_limit.hpp"

namespace fullshard::tokenize {

namespace {

// The byte that a token like <0x0A> stands for, or -1.
int fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return -1;
  int byte = -1;
  const char* end = token.data() + 5;
  const auto [stop, error] = std::from_chars(token.data() + 3, end, byte, 16);
  return error == std::errc() && stop == end && byte >= 0 ? byte : -1;
}

std::string joined(const std::vector<std::string>& tokens, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) out += between;
    out += tokens[i];
  }
  return out;
}

size_t bytes_of(const std::vector<std::string>& tokens) {
  size_t bytes = 0;
  for (const std::string& token : tokens) bytes += token.size();
  return bytes;
}

}  // namespace

Decoder Decoder::from(const JsonNode& node) {
  Decoder d;
  d.present_ = true;
  d.add(node);
  return d;
}

void Decoder::add(const JsonNode& node) {
  check_step_count(steps_.size(), node);
  const std::string_view type = node.at("type").string();
  if (type == "Sequence") {
    node.only({"type", "decoders"});
    const JsonNode list = node.at("decoders");
    for (int64_t i = 0; i < list.size(); ++i) add(list.element(i));
  } else if (type == "ByteLevel") {
    node.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
    steps_.emplace_back(ByteLevel{});
  } else if (type == "ByteFallback") {
    node.only({"type"});
    steps_.emplace_back(ByteFallback{});
  } else if (type == "Fuse") {
    node.only({"type"});
    steps_.emplace_back(Fuse{});
  } else if (type == "Replace") {
    node.only({"type", "pattern", "content"});
    steps_.emplace_back(Replace{Pattern::from(node.at("pattern")), std::string(node.at("content").string())});
  } else if (type == "Strip") {
    add_strip(node);
  } else if (type == "Metaspace") {
    node.only({"type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"});
    const bool prepended =
        node.text("prepend_scheme", "always") != "never" && node.flag("add_prefix_space", true);
    steps_.emplace_back(Metaspace{std::string(node.at("replacement").character()), prepended});
  } else {
    node.fail(
        fmt::format("the decoder \"{}\" is not supported; ByteLevel, ByteFallback, Fuse, Replace, Strip, "
                    "Metaspace and Sequence are",
                    type));
  }
}

void Decoder::add_strip(const JsonNode& node) {
  node.only({"type", "content", "start", "stop"});
  const std::string_view mark = node.at("content").character();
  steps_.emplace_back(Strip{std::string(mark), node.at("start").integer(), node.at("stop").integer()});
}

Decoder::Tokens Decoder::apply(const ByteLevel& step, Tokens tokens, const GrowthLimit&) {
  std::string bytes;
  for (const std::string& t : tokens) bytes += step.alphabet.bytes_of(t).value_or(t);
  return {with_replacements(bytes)};
}

Decoder::Tokens Decoder::apply(const ByteFallback&, Tokens tokens, const GrowthLimit&) {
  Tokens out;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (first_invalid_utf8(bytes) == std::string::npos)
      out.push_back(bytes);
    else
      out.insert(out.end(), bytes.size(), std::string(kReplacement));  // one for each byte of the run
    bytes.clear();
  };
  for (std::string& t : tokens) {
    if (const int byte = fallback_byte(t); byte >= 0) {
      bytes += static_cast<char>(byte);
      continue;
    }
    flush();
    out.push_back(std::move(t));
  }
  flush();
  return out;
}

Decoder::Tokens Decoder::apply(const Fuse&, Tokens tokens, const GrowthLimit&) {
  return {joined(tokens, "")};
}

Decoder::Tokens Decoder::apply(const Replace& step, Tokens tokens, const GrowthLimit& limit) {
  size_t bytes = bytes_of(tokens);
  for (std::string& t : tokens) {
    bytes -= t.size();
    t = replace_all(step.pattern, t, step.content, limit);
    bytes += t.size();
    limit.check(bytes);  // each token may be as long as all together, but not all of them
  }
  return tokens;
}

Decoder::Tokens Decoder::apply(const Strip& step, Tokens tokens, const GrowthLimit&) {
  for (std::string& t : tokens) {
    std::string_view rest = t;
    for (int64_t i = 0; i < step.start && rest.starts_with(step.mark); ++i)
      rest.remove_prefix(step.mark.size());
    for (int64_t i = 0; i < step.stop && rest.ends_with(step.mark); ++i) rest.remove_suffix(step.mark.size());
    t = std::string(rest);
  }
  return tokens;
}

Decoder::Tokens Decoder::apply(const Metaspace& step, Tokens tokens, const GrowthLimit& limit) {
  const Pattern mark = Pattern::literal(step.replacement);
  for (size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = replace_all(mark, tokens[i], i == 0 && step.prepended ? "" : " ", limit);
  return tokens;
}

std::string Decoder::decode(std::vector<std::string> tokens) const {
  if (!present_) return joined(tokens, " ");
  const GrowthLimit limit(bytes_of(tokens));
  for (const Step& step : steps_) {
    tokens = std::visit([&](const auto& s) { return apply(s, std::move(tokens), limit); }, step);
    limit.check(bytes_of(tokens));
  }
  return joined(tokens, "");
}

}  // namespace fullshard::tokenize
