// `tokenize_lines DIR [--no-special | --decode]`: the body of `fullshard tokenize` alone, for the oracle
// tests of builds without LibTorch.
#include <cstring>
#include <iostream>

#include "fullshard/core/error.hpp"
#include "fullshard/tokenize/tokenize_lines.hpp"

int main(int argc, char** argv) {
  using namespace fullshard;
  const auto has = [&](const char* flag) {
    for (int i = 2; i < argc; ++i)
      if (std::strcmp(argv[i], flag) == 0) return true;
    return false;
  };
  if (argc < 2) return 2;
  std::ios::sync_with_stdio(false);
  try {
    const auto tokenizer = tokenize::Tokenizer::load(argv[1]);
    if (has("--decode"))
      tokenize::decode_lines(tokenizer, std::cin, std::cout);
    else
      tokenize::encode_lines(
          tokenizer, has("--no-special") ? tokenize::SpecialTokens::None : tokenize::SpecialTokens::Add,
          std::cin, std::cout);
    return 0;
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return static_cast<int>(e.exit_code());
  }
}
