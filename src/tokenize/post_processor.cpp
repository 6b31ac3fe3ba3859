#include "tokenize/post_processor.hpp"

#include <fmt/format.h>

#include "tokenize/json_text.hpp"
#include "tokenize/vocabulary.hpp"

namespace fullshard::tokenize {

namespace {

// Beside each text; a template that names a list of many ids many times would make gigabytes of them.
constexpr size_t kMostIds = 256;

void check_id_count(const PostProcessor& p, const JsonNode& node) {
  if (p.before.size() + p.after.size() > kMostIds)
    node.fail(
        fmt::format("expected at most {} ids beside each text, found more; put them in the texts", kMostIds));
}

int32_t token_id(const JsonNode& node) {
  const int64_t id = node.integer();
  if (id < 0 || id > Vocabulary::kLargestId) node.fail(fmt::format("{} is no token id", id));
  return static_cast<int32_t>(id);
}

// {"special_tokens": {"<s>": {"ids": [1], …}}, "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": …}]}
PostProcessor read_template(const JsonNode& node) {
  node.only({"type", "single", "pair", "special_tokens"});
  PostProcessor out;
  bool seen_text = false;
  const JsonNode single = node.at("single");
  for (int64_t i = 0; i < single.size(); ++i) {
    const JsonNode piece = single.element(i);
    if (const auto text = piece.find("Sequence")) {
      if (seen_text || text->at("id").string() != "A")
        text->fail("expected the text A once in a single template");
      seen_text = true;
      continue;
    }
    const JsonNode ids = node.at("special_tokens").at(piece.at("SpecialToken").at("id").string()).at("ids");
    auto& side = seen_text ? out.after : out.before;
    for (int64_t k = 0; k < ids.size(); ++k) {
      side.push_back(token_id(ids.element(k)));
      check_id_count(out, piece);
    }
  }
  if (!seen_text) single.fail("expected the text A in the template, found special tokens alone");
  return out;
}

}  // namespace

PostProcessor PostProcessor::from(const JsonNode& node) {
  const std::string_view type = node.at("type").string();
  if (type == "TemplateProcessing") return read_template(node);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    node.only({"type", "sep", "cls", "trim_offsets", "add_prefix_space"});
    return {{token_id(node.at("cls").element(1))}, {token_id(node.at("sep").element(1))}};
  }
  PostProcessor out;
  if (type == "ByteLevel") return out;  // trims offsets, which we do not report
  if (type != "Sequence")
    node.fail(
        fmt::format("the post-processor \"{}\" is not supported; TemplateProcessing, ByteLevel, "
                    "BertProcessing, RobertaProcessing and Sequence are",
                    type));
  node.only({"type", "processors"});
  const JsonNode list = node.at("processors");
  for (int64_t i = 0; i < list.size(); ++i) {
    const PostProcessor next = from(list.element(i));
    out.before.insert(out.before.begin(), next.before.begin(), next.before.end());
    out.after.insert(out.after.end(), next.after.begin(), next.after.end());
    check_id_count(out, list);
  }
  return out;
}

}  // namespace fullshard::tokenize
