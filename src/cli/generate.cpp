#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/not_empty.hpp"
#include "fullshard/chat/masked_texts.hpp"
#include "fullshard/config/generation_config.hpp"
#include "fullshard/convert/import.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/generate/generator.hpp"
#include "fullshard/generate/text_stream.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/tokenize/text_lines.hpp"

namespace fullshard::cli {
namespace {

namespace fs = std::filesystem;

/// A model on this process alone.
struct WholeModel {
  WholeModel(const fs::path& directory, DType compute)
      : spec(config::load_model_config(directory / "config.json")),
        params(shard::ParamStore::alone(spec, compute, shard::Purpose::Evaluate)) {
    const convert::ModelDirectory weights = convert::open_model(directory, spec);
    convert::check_model(weights, spec);
    convert::import_model(weights, params);
  }
  const model::ModelSpec spec;
  shard::ParamStore params;
};

void refuse_checkpoint(const fs::path& directory) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return fs::exists(directory / name, ignored);
  };
  if (has("manifest.json") && !has("model.safetensors") && !has("model.safetensors.index.json"))
    throw ModelError(directory, "expected a model directory, found a checkpoint; run fullshard consolidate " +
                                    directory.string() + " OUT first and generate from OUT");
}

/// What a model reads before it answers a user's first message.
std::string conversation_text(const chat::ChatTemplate& chat_template, const std::string& message) {
  JsonWriter row;
  row.begin_object().key("add_generation_prompt").value(true).key("messages").begin_array().begin_object();
  row.key("role").value("user").key("content").value(message).end_object().end_array().end_object();
  jinja::Heap heap;
  const auto conversation = chat::conversation_of(jinja::parse_json(row.str(), heap), heap);
  return chat::whole_text(chat_template, conversation, heap);
}

/// As transformers does, a template that asks for the date gets today's.
chat::ChatTemplate template_of_today(const fs::path& directory) {
  const std::time_t now = std::time(nullptr);
  jinja::RenderOptions options;
  options.now.emplace();
  ::localtime_r(&now, &*options.now);
  return chat::ChatTemplate::of_model(directory, options);
}

class GenerateCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* c = program.add_subcommand("generate", "Continue prompts with a model");
    c->add_option("DIR", directory_, "Hugging Face model directory")->required();
    c->add_option("--prompt", prompts_,
                  "Text to continue, as it is without --chat; may be given several times")
        ->allow_extra_args(false);
    c->add_option("--prompts", prompts_file_, "File with one JSON string on each line, a prompt each")
        ->check(not_empty());
    c->add_flag("--chat", chat_, "A prompt is a user's message, put into the model's own chat template");
    c->add_option("--max-new-tokens", options_.max_new_tokens, "Tokens to add at most")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    c->add_option("--temperature", options_.sampling.temperature,
                  "0: greedy; else divides the logits, then draws")
        ->capture_default_str();
    c->add_option("--top-p", options_.sampling.top_p,
                  "Draws among the fewest tokens that reach this probability")
        ->capture_default_str();
    c->add_option("--seed", options_.sampling.seed, "Decides the draws, of each prompt alike")
        ->capture_default_str();
    c->add_option("--precision", precision_,
                  "fp32, bf16 or fp64, whatever the file's; transformers takes the file's")
        ->capture_default_str()
        ->check(CLI::IsMember({"fp32", "bf16", "fp64"}));
    c->add_flag("--ids", ids_,
                "Print the new token ids as a JSON array, the one that ends the text included");
    c->footer(
        "Prints the completion only. With several prompts (or --prompts): a line for each, a JSON string "
        "or, with\n"
        "--ids, an array. Ends at an eos_token_id of generation_config.json, or of config.json where there "
        "is none.\n\n"
        "Examples:\n"
        "  fullshard generate out/ --prompt 'Once upon a time'\n"
        "  fullshard generate out/ --chat --prompt 'What is two plus two?'\n"
        "  fullshard generate out/ --prompt 'Two plus two is' --max-new-tokens 8 --ids\n"
        "  fullshard generate out/ --prompts prompts.jsonl --temperature 0.7 --top-p 0.9 --seed 1");
    return c;
  }

  ExitCode run(const Invocation&) override {
    if (!is_done_here("generate")) return ExitCode::Done;
    generate::validate(options_.sampling);
    const bool lines = !prompts_file_.empty() || prompts_.size() > 1;
    if (!prompts_file_.empty())
      for (std::string& text : tokenize::read_text_lines(prompts_file_)) prompts_.push_back(std::move(text));
    if (prompts_.empty())
      throw ConfigError("prompt", "expected a prompt, found none; add --prompt TEXT or --prompts FILE");
    refuse_checkpoint(directory_);
    if (chat_) {
      const auto chat_template = template_of_today(directory_);
      for (std::string& prompt : prompts_) prompt = conversation_text(chat_template, prompt);
    }
    const WholeModel model(directory_, precision_ == "fp64"   ? DType::F64
                                       : precision_ == "bf16" ? DType::BF16
                                                              : DType::F32);
    const config::GenerationConfig files = config::load_generation_config(directory_, model.spec.config);
    options_.eos_token_ids = files.eos_token_ids;
    options_.repetition_penalty = files.repetition_penalty;
    const auto tokenizer = tokenize::Tokenizer::load(directory_);
    generate::Decoder decoder(model.spec, model.params);
    for (const std::string& prompt : prompts_) answer(decoder, tokenizer, prompt, lines);
    return ExitCode::Done;
  }

 private:
  void answer(generate::Decoder& decoder, const tokenize::Tokenizer& tokenizer, const std::string& prompt,
              bool lines) const {
    // A chat template writes the special tokens itself.
    const auto ids =
        chat_ ? tokenizer.encode(prompt, tokenize::SpecialTokens::None) : tokenizer.encode_prompt(prompt);
    generate::TextStream text(tokenizer, ids);
    std::string completion;
    const bool stream = !ids_ && !lines;
    const auto added = generate::generate(decoder, ids, options_, [&](int32_t id) {
      if (ids_) return;
      const std::string piece = text.push(id);
      stream ? print(piece) : void(completion += piece);
    });
    if (ids_) {
      JsonWriter json;
      json.begin_array();
      for (int32_t id : added) json.value(id);
      print(json.end_array().str() + "\n");
    } else {
      const std::string rest = text.finish();
      print((stream ? rest : json_quoted(completion + rest)) + "\n");
    }
  }

  static void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      throw IoError("standard output", -1, "expected to write the completion, found " + errno_text(errno));
  }

  fs::path directory_;
  std::vector<std::string> prompts_;
  fs::path prompts_file_;
  generate::GenerateOptions options_;
  std::string precision_ = "fp32";
  bool ids_ = false, chat_ = false;
};

}  // namespace

std::unique_ptr<Command> make_generate_command() {
  return std::make_unique<GenerateCommand>();
}

}  // namespace fullshard::cli
