#include "tokenize/post_processor.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A template with `before` and `after` around the text, both empty or a special token of that id.
std::string around(const std::string& before, const std::string& after) {
  const auto special = [](const std::string& id) {
    return R"({"SpecialToken":{"id":")" + id + R"(","type_id":0}})";
  };
  const auto ids = [](const std::string& id) { return '"' + id + R"(":{"ids":[)" + id + "]}"; };
  std::string single = R"({"Sequence":{"id":"A","type_id":0}})", tokens;
  if (!before.empty()) single.insert(0, special(before) + ","), tokens = ids(before);
  if (!after.empty()) single += "," + special(after), tokens += (tokens.empty() ? "" : ",") + ids(after);
  return R"({"type":"TemplateProcessing","single":[)" + single + R"(],"pair":[],"special_tokens":{)" +
         tokens + "}}";
}

PostProcessor from(std::string_view json) {
  const boost::json::value value = parse_json(json);
  const std::filesystem::path file = "tokenizer.json";
  return PostProcessor::from(JsonNode(value, file, "post_processor"));
}

}  // namespace

TEST(PostProcessor, a_template_says_what_stands_before_and_after_the_text) {
  EXPECT_THAT(from(around("1", "2")).before, ElementsAre(1));
  EXPECT_THAT(from(around("1", "2")).after, ElementsAre(2));
  EXPECT_THAT(from(around("", "2")).before, IsEmpty());
}

TEST(PostProcessor, a_sequence_does_what_its_members_do) {
  const PostProcessor p =
      from(R"({"type":"Sequence","processors":[{"type":"ByteLevel"},)" + around("1", "2") + "]}");

  EXPECT_THAT(p.before, ElementsAre(1));
  EXPECT_THAT(p.after, ElementsAre(2));
}

TEST(PostProcessor, ids_without_end_are_refused) {
  const auto sequence = [](size_t n) {
    std::string list;
    for (size_t i = 0; i < n; ++i) list += (i == 0 ? "" : ",") + around("1", "2");
    return R"({"type":"Sequence","processors":[)" + list + "]}";
  };

  EXPECT_EQ(from(sequence(128)).after.size(), 128u);
  EXPECT_THROW(from(sequence(129)), ModelError);
}

}  // namespace fullshard::tokenize
