#include "fullshard/tokenize/text_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::tokenize {
namespace {

std::vector<std::string> read(const std::string& content) {
  const test::TempDir dir;
  write_file_atomically(dir / "prompts.jsonl", content);
  return read_text_lines(dir / "prompts.jsonl");
}

TEST(TextLines, each_line_is_a_json_string) {
  EXPECT_THAT(read("\"one\\ntwo\"\n\"\\u00e9\"\n\"\""), testing::ElementsAre("one\ntwo", "é", ""));
  EXPECT_TRUE(read("").empty());
}

TEST(TextLines, anything_else_is_refused_with_its_line) {
  for (const char* bad : {"\"a\"\nb\n", "\"a\"\n[\"b\"]\n", "\"a\"\n\n\"b\"\n"}) {
    try {
      read(bad);
      FAIL() << bad;
    } catch (const DataError& e) {
      EXPECT_EQ(e.line, 2) << bad;
    }
  }
}

}  // namespace
}  // namespace fullshard::tokenize
