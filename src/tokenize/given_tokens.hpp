#pragma once
// What the files beside tokenizer.json say of special tokens. transformers gives all of that to the tokenizer
// that it made of tokenizer.json, so that texts are cut along these tokens, too.

#include <boost/json/array.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tokenize/vocabulary.hpp"

namespace fullshard::tokenize {

class JsonNode;

struct GivenToken {
  std::string text;
  bool single_word = false;
  bool lstrip = false;
  bool rstrip = false;
  bool normalized = false;
  bool special = true;
  /// Where it is said, for errors.
  std::filesystem::path file;
  std::string where;

  [[noreturn]] void fail(const std::string& message) const;
};

/// Source  transformers 5.23: _from_pretrained and __init__ of tokenization_utils_base.py
struct GivenTokens {
  std::map<std::string, GivenToken> named;
  /// Those of a list, without a name.
  std::vector<GivenToken> extra;
  /// `added_tokens_decoder`, by id.
  std::map<int64_t, GivenToken> listed;
};

/// The text of a file that a model directory may lack.
std::optional<std::string> read_if_there(const std::filesystem::path& file);

/// What the texts of `tokenizer_config.json` and `special_tokens_map.json` say. Throws ModelError.
GivenTokens given_tokens(const std::optional<std::string>& config,
                         const std::optional<std::string>& special_tokens_map,
                         const std::filesystem::path& model_dir);

/// `added_tokens` of a tokenizer.json as transformers completes it: what is listed has the flags given there,
/// and given tokens of the vocabulary that are not among the added ones are put behind them. Tokens that are
/// nowhere in tokenizer.json, which transformers gives ids of their own, are refused. Throws ModelError.
///
/// Source  transformers 5.23: __init__ of tokenization_utils_tokenizers.py
boost::json::array completed_added_tokens(const std::optional<JsonNode>& added, const GivenTokens& given,
                                          const Vocabulary& vocabulary);

}  // namespace fullshard::tokenize
