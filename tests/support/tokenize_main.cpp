// `tokenize_lines DIR [--no-special] [--decode | --ranges]`: the body of `fullshard tokenize` alone, for the
// oracle tests of builds without LibTorch; with --ranges a line is {"ids":[…],"ranges":[[begin,end],…]}.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/string.hpp>
#include <cstring>
#include <iostream>

#include "fullshard/core/error.hpp"
#include "fullshard/tokenize/tokenize_lines.hpp"
#include "tokenize/json_text.hpp"

namespace {

using namespace fullshard;
using tokenize::SpecialTokens;

void print_ranges(const tokenize::Tokenizer& tokenizer, SpecialTokens special) {
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = tokenize::parse_json(line).as_string();
    const tokenize::Encoding tokens = tokenizer.encode_with_ranges({text.data(), text.size()}, special);
    std::string ranges;
    for (const tokenize::TextRange r : tokens.ranges)
      ranges += fmt::format("{}[{},{}]", ranges.empty() ? "" : ",", r.begin, r.end);
    std::cout << fmt::format("{{\"ids\":[{}],\"ranges\":[{}]}}\n", fmt::join(tokens.ids, ","), ranges);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto has = [&](const char* flag) {
    for (int i = 2; i < argc; ++i)
      if (std::strcmp(argv[i], flag) == 0) return true;
    return false;
  };
  if (argc < 2) return 2;
  std::ios::sync_with_stdio(false);
  try {
    const auto tokenizer = tokenize::Tokenizer::load(argv[1]);
    const SpecialTokens special = has("--no-special") ? SpecialTokens::None : SpecialTokens::Add;
    if (has("--decode"))
      tokenize::decode_lines(tokenizer, std::cin, std::cout);
    else if (has("--ranges"))
      print_ranges(tokenizer, special);
    else
      tokenize::encode_lines(tokenizer, special, std::cin, std::cout);
    return 0;
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return static_cast<int>(e.exit_code());
  }
}
