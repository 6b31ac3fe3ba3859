#include "fullshard/tokenize/tokenize_lines.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "fullshard/core/error.hpp"
#include "tokenize/tiny_tokenizer.hpp"

namespace fullshard::tokenize {

TEST(TokenizeLines, strings_become_ids_and_ids_become_strings) {
  const Tokenizer t = test::TinyFile{}.load();
  std::istringstream texts("\"abcd\"\n\"\"\n"), ids("[10,3]\n[]\n");
  std::ostringstream encoded, decoded;

  encode_lines(t, SpecialTokens::Add, texts, encoded);
  decode_lines(t, ids, decoded);

  EXPECT_EQ(encoded.str(), "[10,3]\n[]\n");
  EXPECT_EQ(decoded.str(), "\"abcd\"\n\"\"\n");
}

TEST(TokenizeLines, a_bad_line_is_named) {
  const Tokenizer t = test::TinyFile{}.load();
  const auto line_of = [&](const char* input, auto convert) -> int64_t {
    std::istringstream in(input);
    std::ostringstream out;
    try {
      convert(in, out);
    } catch (const DataError& e) {
      return e.line;
    }
    return 0;
  };
  const auto encode = [&](auto& in, auto& out) { encode_lines(t, SpecialTokens::Add, in, out); };
  const auto decode = [&](auto& in, auto& out) { decode_lines(t, in, out); };

  EXPECT_EQ(line_of("\"a\"\nx\n", encode), 2);
  EXPECT_EQ(line_of("\"a\"\n\"b\"\n3\n", encode), 3);
  EXPECT_EQ(line_of("[1]\n[14]\n", decode), 2);
  EXPECT_EQ(line_of("[\"a\"]\n", decode), 1);
}

}  // namespace fullshard::tokenize
