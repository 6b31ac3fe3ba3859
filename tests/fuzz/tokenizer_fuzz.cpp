// A tokenizer.json, a text for it, a tokenizer_config.json and a special_tokens_map.json, with lines "==="
// between them; all but the first may be missing. Either they are refused with a ModelError, or any text is
// encoded to ids below vocab_size and decoded; a pattern may give up on a text.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fullshard/core/error.hpp"
#include "fullshard/tokenize/tokenizer.hpp"
#include "tokenize/unicode.hpp"

namespace {

using namespace fullshard;
using tokenize::SkipSpecial;
using tokenize::SpecialTokens;
using tokenize::Tokenizer;

constexpr std::string_view kSeparator = "\n===\n";
constexpr std::string_view kText = "<s> Abc ab12\t it's \xC3\xA9\xE2\x96\x81 \xF0\x9F\x98\x80\xFF\n\n</s>ab";

void check(bool held, const char* promise) {
  if (!held) throw std::logic_error(promise);
}

void use(const Tokenizer& tokenizer, std::string_view text) {
  const auto plain = tokenizer.encode(text, SpecialTokens::None);
  const auto whole = tokenizer.encode(text, SpecialTokens::Add);
  check(whole.size() == tokenizer.ids_before().size() + plain.size() + tokenizer.ids_after().size(),
        "special tokens stand before and after");
  for (const int32_t id : whole) check(id >= 0 && id < tokenizer.vocab_size(), "an id is below vocab_size");
  for (const SkipSpecial skip : {SkipSpecial::Yes, SkipSpecial::No}) {
    const std::string decoded = tokenizer.decode(whole, skip);
    tokenizer.encode(decoded, SpecialTokens::None);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto next_part = [&]() -> std::optional<std::string> {
    if (input.data() == nullptr) return std::nullopt;
    const size_t end = input.find(kSeparator);
    const std::string part(input.substr(0, end));
    input = end == input.npos ? std::string_view() : input.substr(end + kSeparator.size());
    return part;
  };
  const auto json = next_part(), text = next_part(), config = next_part(), map = next_part();
  try {
    const auto tokenizer = Tokenizer::parse(
        {.tokenizer = json.value_or(""), .config = config, .special_tokens_map = map}, "model");
    use(tokenizer, kText);
    if (text) use(tokenizer, std::string_view(*text).substr(0, 256));
  } catch (const Error&) {
  }
  return 0;
}
