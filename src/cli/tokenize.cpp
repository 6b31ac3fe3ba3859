#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "fullshard/tokenize/tokenize_lines.hpp"

namespace fullshard::cli {
namespace {

class TokenizeCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("tokenize", "Text to token ids and back, line by line");
    command->add_option("DIR", directory_, "Model directory with a tokenizer.json")->required();
    auto* no_special =
        command->add_flag("--no-special", no_special_, "Without the tokenizer's own special tokens");
    command->add_flag("--decode", decode_, "Arrays of ids in, JSON strings out")->excludes(no_special);
    command->footer(
        "Reads one JSON string per line of standard input, prints one JSON array of ids per line.\n\n"
        "Examples:\n"
        "  echo '\"Hello world\"' | fullshard tokenize models/llama\n"
        "  echo '[1, 15043]' | fullshard tokenize models/llama --decode");
    return command;
  }

  ExitCode run(const Invocation&) override {
    std::ios::sync_with_stdio(false);
    const tokenize::Tokenizer tokenizer = tokenize::Tokenizer::load(directory_);
    if (decode_)
      tokenize::decode_lines(tokenizer, std::cin, std::cout);
    else
      tokenize::encode_lines(tokenizer,
                             no_special_ ? tokenize::SpecialTokens::None : tokenize::SpecialTokens::Add,
                             std::cin, std::cout);
    std::cout.flush();
    return ExitCode::Done;
  }

 private:
  std::string directory_;
  bool no_special_ = false, decode_ = false;
};

}  // namespace

std::unique_ptr<Command> make_tokenize_command() {
  return std::make_unique<TokenizeCommand>();
}

}  // namespace fullshard::cli
