// `chat_lines DIR [--chat-template FILE | --template NAME]`: the body of `fullshard tokenize --chat` alone,
// for the oracle tests of builds without LibTorch. strftime_now says 26 July 2024. `chat_lines --show NAME`
// prints a built-in template.
#include <cstring>
#include <iostream>

#include "fullshard/chat/builtin_templates.hpp"
#include "fullshard/chat/chat_lines.hpp"
#include "fullshard/core/error.hpp"
#include "support/fixed_date.hpp"

namespace {

using namespace fullshard;

chat::ChatTemplate template_of(int argc, char** argv) {
  jinja::RenderOptions options;
  options.now = test::fixed_date();
  if (argc == 4 && std::strcmp(argv[2], "--chat-template") == 0)
    return chat::ChatTemplate::from_file(argv[3], argv[1], options);
  if (argc == 4) return chat::ChatTemplate::named(argv[3], argv[1], options);
  return chat::ChatTemplate::of_model(argv[1], options);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) return 2;
  if (argc == 3 && std::strcmp(argv[1], "--show") == 0) {
    std::cout << chat::builtin_template(argv[2]);
    return 0;
  }
  std::ios::sync_with_stdio(false);
  try {
    const auto tokenizer = tokenize::Tokenizer::load(argv[1]);
    chat::encode_chat_lines(tokenizer, template_of(argc, argv), std::cin, std::cout);
    return 0;
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return static_cast<int>(e.exit_code());
  }
}
