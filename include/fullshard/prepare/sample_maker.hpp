#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fullshard/chat/chat_template.hpp"
#include "fullshard/chat/masked_texts.hpp"
#include "fullshard/chat/sample.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/data/token_store_writer.hpp"
#include "fullshard/prepare/example.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::prepare {

struct SampleRules {
  config::Stage stage = config::Stage::Finetune;
  /// Documents, and ready-made tokens, follow each other and are cut together (`pt` without `neat_packing`);
  /// otherwise each is cut into samples of its own. Ready-made tokens of `sft` are samples, and too long or
  /// not.
  bool join_documents = false;
  /// Longest sample in tokens, from 2.
  int64_t cutoff_len = 2048;
  config::TooLong too_long = config::TooLong::Truncate;
  /// Prompt/response rows go through the chat template, too.
  bool pairs_are_conversations = false;
  chat::MaskOptions mask;
  /// Size of the model's embedding; a token id at or above it is refused.
  int64_t vocab_size = 0;
};

/// Turns the examples of one piece of a file into tokens and books them. One per thread.
class SampleMaker {
 public:
  /// `tokenizer` and `chat_template` are null where the model has none; what needs them is then refused.
  SampleMaker(const SampleRules& rules, const tokenize::Tokenizer* tokenizer,
              const chat::ChatTemplate* chat_template);

  /// Appends what comes of the document. On an ExampleError nothing of it stays; the caller drops it with
  /// drop() or gives up.
  void add(const Example& example, jinja::Heap& heap);
  /// Books a document that gave nothing.
  void drop(data::Fault fault);

  /// What came of the documents since the last call.
  data::TokenRun take_run();
  data::Ledger take_ledger();

 private:
  void add_document(const Document& document);
  void add_pair(const Pair& pair, jinja::Heap& heap);
  void add_conversation(const chat::Conversation& conversation, jinja::Heap& heap);
  void add_tokens(const ReadyTokens& tokens);
  static void require_no_template(const chat::Conversation& pair);
  /// The words of a document: whole where documents are joined, otherwise in pieces that train something.
  void append_document(std::span<const int32_t> words);
  chat::MaskedTexts masked_texts(const chat::Conversation& conversation, jinja::Heap& heap) const;
  /// One sample of the document; false where a cut left nothing of it to train.
  bool append_sample(std::vector<int32_t> words);
  static void require_trained(std::span<const int32_t> words);
  void require_one(bool any) const;
  void append(std::span<const int32_t> words);
  const tokenize::Tokenizer& tokenizer() const;
  int32_t end_of_text() const;
  void check_id(int64_t id) const;

  const SampleRules& rules_;
  const tokenize::Tokenizer* tokenizer_;
  const chat::ChatTemplate* chat_template_;
  data::TokenRun run_;
  data::Ledger ledger_;
  int64_t documents_in_run_ = 0;
};

}  // namespace fullshard::prepare
