#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>

#include "cli/command.hpp"
#include "cli/not_empty.hpp"
#include "fullshard/chat/chat_lines.hpp"
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
    auto* decode =
        command->add_flag("--decode", decode_, "Arrays of ids in, JSON strings out")->excludes(no_special);
    auto* chat = command->add_flag("--chat", chat_, "Conversations in; text, ids and labels out");
    chat->excludes(no_special)->excludes(decode);
    auto* file =
        command->add_option("--chat-template", template_file_, "A Jinja template instead of the model's")
            ->check(not_empty());
    file->needs(chat);
    command->add_option("--template", template_name_, "A built-in template: llama3, chatml, …")
        ->check(not_empty())
        ->needs(chat)
        ->excludes(file);
    command->footer(
        "Reads one JSON string per line of standard input, prints one JSON array of ids per line. With "
        "--chat a\n"
        "line is an object with messages (and tools, add_generation_prompt, other variables of the "
        "template), and\n"
        "is answered by {\"text\", \"input_ids\", \"labels\"}, -100 being what is not trained, or by "
        "{\"error\"}.\n"
        "Under a launcher every process reads its own input.\n\n"
        "Examples:\n"
        "  echo '\"Hello world\"' | fullshard tokenize models/llama\n"
        "  echo '[1, 15043]' | fullshard tokenize models/llama --decode\n"
        "  echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | fullshard tokenize "
        "models/llama --chat");
    return command;
  }

  /// A filter: under a launcher every process has its own input and output.
  Speaker speaker() const override { return Speaker::Everyone; }

  ExitCode run(const Invocation&) override {
    std::ios::sync_with_stdio(false);
    const tokenize::Tokenizer tokenizer = tokenize::Tokenizer::load(directory_);
    if (chat_)
      chat::encode_chat_lines(tokenizer, chat_template(), std::cin, std::cout);
    else if (decode_)
      tokenize::decode_lines(tokenizer, std::cin, std::cout);
    else
      tokenize::encode_lines(tokenizer,
                             no_special_ ? tokenize::SpecialTokens::None : tokenize::SpecialTokens::Add,
                             std::cin, std::cout);
    return ExitCode::Done;
  }

 private:
  chat::ChatTemplate chat_template() const {
    // As transformers does, a template that asks for the date gets today's.
    const std::time_t now = std::time(nullptr);
    jinja::RenderOptions options;
    options.now.emplace();
    ::localtime_r(&now, &*options.now);
    if (!template_file_.empty()) return chat::ChatTemplate::from_file(template_file_, directory_, options);
    if (!template_name_.empty()) return chat::ChatTemplate::named(template_name_, directory_, options);
    return chat::ChatTemplate::of_model(directory_, options);
  }

  std::string directory_, template_file_, template_name_;
  bool no_special_ = false, decode_ = false, chat_ = false;
};

}  // namespace

std::unique_ptr<Command> make_tokenize_command() {
  return std::make_unique<TokenizeCommand>();
}

}  // namespace fullshard::cli
