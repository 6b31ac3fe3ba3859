#pragma once

#include <string>

#include "fullshard/core/files.hpp"
#include "fullshard/tokenize/tokenizer.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::tokenize::test {

/// Parts of a tokenizer.json for tests: a character vocabulary "a" to "h" with the merges ab, abc, cd, unless
/// replaced.
struct TinyFile {
  std::string added =
      R"([{"id":12,"content":"<s>","special":true},{"id":13,"content":"</s>","special":true}])";
  std::string normalizer = "null";
  std::string pre_tokenizer = "null";
  std::string post_processor = "null";
  std::string decoder = R"({"type":"Fuse"})";
  std::string model =
      R"({"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3,"e":4,"f":5,"g":6,"h":7," ":8,"ab":9,)"
      R"("abc":10,"cd":11},"merges":["a b",["ab","c"],"c d"]})";
  std::string config = R"({"bos_token":"<s>","eos_token":{"content":"</s>"},"pad_token":null})";

  void write_to(const std::filesystem::path& dir) const {
    write_file_atomically(dir / "tokenizer.json",
                          R"({"added_tokens":)" + added + R"(,"normalizer":)" + normalizer +
                              R"(,"pre_tokenizer":)" + pre_tokenizer + R"(,"post_processor":)" +
                              post_processor + R"(,"decoder":)" + decoder + R"(,"model":)" + model + "}");
    write_file_atomically(dir / "tokenizer_config.json", config);
  }

  Tokenizer load() const {
    fullshard::test::TempDir dir;
    write_to(dir.path());
    return Tokenizer::load(dir.path());
  }
};

}  // namespace fullshard::tokenize::test
