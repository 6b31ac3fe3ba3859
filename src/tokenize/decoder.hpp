#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tokenize/byte_alphabet.hpp"
#include "tokenize/growth_limit.hpp"
#include "tokenize/pattern.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// The `decoder` of a tokenizer.json: from the texts of tokens to text.
class Decoder {
 public:
  /// Without steps tokens are joined by single spaces, as the reference does for files without a decoder.
  Decoder() = default;
  static Decoder from(const JsonNode& node);

  std::string decode(std::vector<std::string> tokens) const;

 private:
  struct ByteLevel {
    ByteAlphabet alphabet;
  };
  struct ByteFallback {};
  struct Fuse {};
  struct Replace {
    Pattern pattern;
    std::string content;
  };
  struct Strip {
    std::string mark;  // one character
    int64_t start, stop;
  };
  struct Metaspace {
    std::string replacement;
    bool prepended;
  };
  using Step = std::variant<ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace>;
  using Tokens = std::vector<std::string>;

  void add(const JsonNode& node);
  void add_strip(const JsonNode& node);
  static Tokens apply(const ByteLevel& step, Tokens tokens, const GrowthLimit& limit);
  static Tokens apply(const ByteFallback& step, Tokens tokens, const GrowthLimit& limit);
  static Tokens apply(const Fuse& step, Tokens tokens, const GrowthLimit& limit);
  static Tokens apply(const Replace& step, Tokens tokens, const GrowthLimit& limit);
  static Tokens apply(const Strip& step, Tokens tokens, const GrowthLimit& limit);
  static Tokens apply(const Metaspace& step, Tokens tokens, const GrowthLimit& limit);

  std::vector<Step> steps_;
  bool present_ = false;
};

}  // namespace fullshard::tokenize
