#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/tokenize/text_range.hpp"

namespace fullshard::tokenize {

/// Whether `encode` puts the tokenizer's own special tokens around the text (what its post-processor says).
enum class SpecialTokens : uint8_t { Add, None };
/// Whether `decode` leaves special tokens out: all of them, also those whose normalised form the reference
/// shows.
enum class SkipSpecial : uint8_t { Yes, No };

/// Ids, and for each the bytes of the text that it stands for.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<TextRange> ranges;  ///< as many as ids
};

/// A byte-pair tokenizer of a Hugging Face model directory: `tokenizer.json`, and what
/// `tokenizer_config.json` and `special_tokens_map.json` say of special tokens where they exist. Ids are
/// those of transformers' PreTrainedTokenizerFast. What the file asks for and this class does not do is
/// refused, with two exceptions that are settings of a call and not of the vocabulary: `truncation` and
/// `padding` are not applied, as `transformers` does not.
///
/// All const members may be called from several threads at once.
class Tokenizer {
 public:
  /// Throws ModelError naming file and key, IoError where a file cannot be read.
  static Tokenizer load(const std::filesystem::path& model_dir);

  /// The texts of the files.
  struct Texts {
    std::string tokenizer;
    std::optional<std::string> config = std::nullopt, special_tokens_map = std::nullopt;
  };
  /// `model_dir` is where errors say that the texts are from; nothing is read there. Throws ModelError.
  static Tokenizer parse(const Texts& texts, const std::filesystem::path& model_dir);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Invalid UTF-8 becomes U+FFFD first, one for each maximal invalid part.
  std::vector<int32_t> encode(std::string_view text, SpecialTokens special) const;
  /// The same ids, at the end of `ids`.
  void append_encoded(std::string_view text, SpecialTokens special, std::vector<int32_t>& ids) const;
  /// The ids of a text that is to go on: without those that a post-processor puts behind a text
  /// (`ids_after`).
  std::vector<int32_t> encode_prompt(std::string_view text) const;
  /// The ids of `encode`, with the bytes of `text` that each stands for: the offsets of Hugging Face's
  /// `tokenizers` in bytes, where these differ from it to be of use for masks:
  /// - Tokens that are parts of one character have parts of its bytes, not all of them.
  /// - Spaces belong to the token that they are in (`trim_offsets` is not applied).
  /// - Of characters that normalisation composes, moves or replaces together, each token has them all.
  /// What stands around the text (`ids_before`, `ids_after`) has empty ranges at its beginning and end; what
  /// the normalizer or the pre-tokenizer puts before the first character has that character's range.
  Encoding encode_with_ranges(std::string_view text, SpecialTokens special) const;
  /// Ids that no token has are left out.
  std::string decode(std::span<const int32_t> ids, SkipSpecial skip) const;

  /// Largest id plus one, added tokens included.
  int64_t vocab_size() const;
  std::optional<int32_t> id_of(std::string_view token) const;
  /// Whether it marks something rather than says it: what SkipSpecial leaves out, and end-of-text.
  bool is_special(int32_t id) const;
  /// The ids that stand before and after every text encoded with SpecialTokens::Add.
  std::span<const int32_t> ids_before() const;
  std::span<const int32_t> ids_after() const;

  std::optional<int32_t> bos_id() const;
  std::optional<int32_t> eos_id() const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

}  // namespace fullshard::tokenize
