// A tokenizer.json and, behind a line "===", a text for it. Either it is refused with a ModelError, or it
// encodes any text to ids below vocab_size and decodes them; a pattern may give up on a text.
#include <cstdint>
#include <stdexcept>
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
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t at = input.find(kSeparator);
  try {
    const auto tokenizer = Tokenizer::parse({.tokenizer = std::string(input.substr(0, at))}, "model");
    use(tokenizer, kText);
    if (at != std::string_view::npos) use(tokenizer, input.substr(at + kSeparator.size()).substr(0, 256));
  } catch (const Error&) {
  }
  return 0;
}
