#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/chat/masked_texts.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::chat::test {

using fullshard::test::TempDir;

inline void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file) << text;
}

/// The text with what is trained between « and ».
inline std::string marked(const MaskedText& masked) {
  std::string out;
  size_t at = 0;
  for (const TrainedSpan& span : masked.trained) {
    out.append(masked.text, at, span.begin - at).append("«");
    out.append(masked.text, span.begin, span.end - span.begin).append("»");
    at = span.end;
  }
  return out.append(masked.text, at);
}

/// The samples of a row, each with its marks.
inline std::vector<std::string> marked(const ChatTemplate& chat_template, std::string_view row,
                                       const MaskOptions& options = {}) {
  jinja::Heap heap;
  std::vector<std::string> out;
  const Conversation conversation = conversation_of(jinja::parse_json(row, heap), heap);
  for (const MaskedText& text : masked_texts(chat_template, conversation, options, heap).samples)
    out.push_back(marked(text));
  return out;
}

/// A template of text, for a model whose eos_token is </s> and bos_token <s>.
inline ChatTemplate of_text(std::string_view text) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"bos_token":"<s>","eos_token":{"content":"</s>"}})");
  return ChatTemplate::from_text(text, model.path());
}

inline ChatTemplate named(std::string_view name) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"bos_token":"<s>","eos_token":"</s>"})");
  return ChatTemplate::named(name, model.path());
}

/// "prompt: message 2 (assistant): …", or the samples.
inline std::string fault(const ChatTemplate& chat_template, std::string_view row,
                         const MaskOptions& options = {}) {
  try {
    std::string all = "no fault, but:";
    for (const std::string& text : marked(chat_template, row, options)) all += " " + text;
    return all;
  } catch (const ConversationError& e) {
    return std::string(fault_name(e.fault)) + ": " + e.what();
  }
}

}  // namespace fullshard::chat::test
