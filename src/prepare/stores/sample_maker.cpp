#include "fullshard/prepare/sample_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fullshard/data/token_word.hpp"
#include "fullshard/jinja/member.hpp"

namespace fullshard::prepare {

namespace {

using data::Fault;
using tokenize::SpecialTokens;

Fault fault_of(chat::Fault fault) {
  switch (fault) {
    case chat::Fault::Row:
      return Fault::Row;
    case chat::Fault::Template:
      return Fault::Template;
    case chat::Fault::Prompt:
      return Fault::Prompt;
    case chat::Fault::Generation:
      return Fault::Generation;
    case chat::Fault::NothingTrained:
      return Fault::NothingTrained;
    case chat::Fault::EndMasked:
      return Fault::EndMasked;
    case chat::Fault::NoEnd:
      return Fault::NoEnd;
  }
  return Fault::Row;
}

}  // namespace

SampleMaker::SampleMaker(const SampleRules& rules, const tokenize::Tokenizer* tokenizer,
                         const chat::ChatTemplate* chat_template)
    : rules_(rules), tokenizer_(tokenizer), chat_template_(chat_template) {}

const tokenize::Tokenizer& SampleMaker::tokenizer() const {
  if (tokenizer_ == nullptr)
    throw ExampleError(
        Fault::Row,
        "text needs a tokenizer and the model directory has none; add tokenizer.json or give input_ids");
  return *tokenizer_;
}

int32_t SampleMaker::end_of_text() const {
  if (const auto id = tokenizer().eos_id()) return *id;
  throw ExampleError(Fault::NoEnd,
                     "the tokenizer names no eos_token to end a text with; set it in tokenizer_config.json");
}

void SampleMaker::check_id(int64_t id) const {
  if (id < 0 || id >= rules_.vocab_size)
    throw ExampleError(
        Fault::Token,
        fmt::format("token id {}: the model's vocabulary has 0 to {}; the tokens are of another model", id,
                    rules_.vocab_size - 1));
}

void SampleMaker::add(const Example& example, jinja::Heap& heap) {
  const auto words = run_.words.size();
  const auto samples = run_.lengths.size();
  const data::Ledger before = ledger_;
  try {
    std::visit(
        [&](const auto& e) {
          using T = std::decay_t<decltype(e)>;
          if constexpr (std::is_same_v<T, Document>) add_document(e);
          if constexpr (std::is_same_v<T, Pair>) add_pair(e, heap);
          if constexpr (std::is_same_v<T, chat::Conversation>) add_conversation(e, heap);
          if constexpr (std::is_same_v<T, ReadyTokens>) add_tokens(e);
        },
        example);
  } catch (...) {
    ledger_ = before;
    run_.words.resize(words);
    run_.lengths.resize(samples);
    run_.documents.resize(samples);
    throw;
  }
  ++ledger_.documents;
  ++ledger_.used;
  ++documents_in_run_;
}

void SampleMaker::drop(Fault fault) {
  ++ledger_.documents;
  ++ledger_.dropped[static_cast<size_t>(fault)];
  ++documents_in_run_;
}

data::TokenRun SampleMaker::take_run() {
  documents_in_run_ = 0;
  return std::exchange(run_, {});
}

data::Ledger SampleMaker::take_ledger() {
  return std::exchange(ledger_, {});
}

void SampleMaker::append(std::span<const int32_t> words) {
  run_.words.insert(run_.words.end(), words.begin(), words.end());
  run_.lengths.push_back(std::ssize(words));
  run_.documents.push_back(documents_in_run_);
  const int64_t trained = data::trained_in(words);
  ++ledger_.samples;
  ledger_.tokens += std::ssize(words);
  ledger_.trained += trained;
  ledger_.masked += std::ssize(words) - trained;
}

// Everything of it is trained.
void SampleMaker::add_document(const Document& document) {
  std::vector<int32_t> ids = tokenizer().encode(document.text, SpecialTokens::Add);
  // Some tokenizers end every text with it (`add_eos_token`).
  const auto after = tokenizer().ids_after();
  if (const int32_t end = end_of_text(); after.empty() || after.back() != end) ids.push_back(end);
  for (const int32_t id : ids) check_id(id);
  append_document(ids);
}

void SampleMaker::append_document(std::span<const int32_t> words) {
  if (rules_.join_documents) return append(words);
  const auto cutoff = static_cast<size_t>(rules_.cutoff_len);
  for (size_t at = 0; at < words.size(); at += cutoff) {
    const auto piece = words.subspan(at, std::min(cutoff, words.size() - at));
    if (data::trained_in(piece) > 0) {
      append(piece);
    } else {  // one token alone, which predicts nothing, or nothing but what the labels leave out
      ++ledger_.truncated_samples;
      ledger_.truncated_tokens += std::ssize(piece);
    }
  }
}

void SampleMaker::add_pair(const Pair& pair, jinja::Heap& heap) {
  if (rules_.pairs_are_conversations) return add_conversation(pair.conversation, heap);
  require_no_template(pair.conversation);
  const bool everything = rules_.mask.loss == chat::Loss::Everything;
  const auto trains = [&](const char* role) {
    const auto& roles = rules_.mask.roles;
    return everything || std::find(roles.begin(), roles.end(), role) != roles.end();
  };
  std::vector<int32_t> words = tokenizer().encode_prompt(pair.prompt);
  const size_t prompt = words.size();
  tokenizer().append_encoded(pair.response, SpecialTokens::None, words);
  words.push_back(end_of_text());
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = data::token_word(words[i], trains(i < prompt ? "user" : "assistant"));
  require_one(append_sample(std::move(words)));
}

void SampleMaker::require_no_template(const chat::Conversation& pair) {
  const bool has_system = pair.messages.items().size() > 2;
  if (has_system || jinja::member(pair.variables, "tools") != nullptr)
    throw ExampleError(Fault::Row,
                       fmt::format("has {}, which only a chat template can place; name one with the key "
                                   "template, or give one with chat_template",
                                   has_system ? "a system text" : "tools"));
}

chat::MaskedTexts SampleMaker::masked_texts(const chat::Conversation& conversation, jinja::Heap& heap) const {
  try {
    return chat::masked_texts(*chat_template_, conversation, rules_.mask, heap);
  } catch (const chat::ConversationError& e) {
    throw ExampleError(fault_of(e.fault), e.what());
  }
}

void SampleMaker::add_conversation(const chat::Conversation& conversation, jinja::Heap& heap) {
  if (chat_template_ == nullptr)
    throw ExampleError(Fault::Template,
                       "a conversation needs a chat template and the model directory has none; name one "
                       "with the key template, or give one with chat_template");
  const chat::MaskedTexts texts = masked_texts(conversation, heap);
  bool any = false;
  for (const chat::MaskedText& text : texts.samples) {
    chat::Sample sample = chat::encode(text, tokenizer());
    if (sample.fault) throw ExampleError(fault_of(sample.fault->fault), sample.fault->message);
    for (size_t i = 0; i < sample.ids.size(); ++i)
      sample.ids[i] = data::token_word(sample.ids[i], sample.trained[i]);
    any = append_sample(std::move(sample.ids)) || any;
  }
  require_one(any);
}

void SampleMaker::add_tokens(const ReadyTokens& tokens) {
  if (tokens.ids.size() != tokens.labels.size())
    throw ExampleError(Fault::Row, fmt::format("expected as many labels as input_ids, found {} and {}",
                                               tokens.labels.size(), tokens.ids.size()));
  std::vector<int32_t> words;
  words.reserve(tokens.ids.size());
  for (size_t i = 0; i < tokens.ids.size(); ++i) {
    const int32_t id = tokens.ids[i], label = tokens.labels[i];
    check_id(id);
    if (label != data::kIgnored && label != id)
      throw ExampleError(Fault::Token,
                         fmt::format("label {} at position {}: expected {} or the input id there, {}; labels "
                                     "are not shifted",
                                     label, i, data::kIgnored, id));
    words.push_back(data::token_word(id, label == id));
  }
  if (rules_.stage == config::Stage::Finetune) return require_one(append_sample(std::move(words)));
  // A row of one token predicts nothing by itself, but may be predicted where rows are joined.
  const bool any = std::any_of(words.begin(), words.end(), [](int32_t w) { return data::is_trained(w); });
  if (!rules_.join_documents || !any) require_trained(words);
  append_document(words);
}

void SampleMaker::require_trained(std::span<const int32_t> words) {
  if (data::trained_in(words) == 0)
    throw ExampleError(Fault::NothingTrained,
                       "no token of this sample is trained; a sample needs a response or a label besides "
                       "-100");
}

void SampleMaker::require_one(bool any) const {
  if (!any)
    throw ExampleError(
        Fault::NothingTrained,
        fmt::format("the first {} tokens hold none that is trained; raise cutoff_len or shorten the prompt",
                    rules_.cutoff_len));
}

bool SampleMaker::append_sample(std::vector<int32_t> words) {
  for (const int32_t word : words) check_id(data::id_of(word));
  require_trained(words);
  const auto cutoff = static_cast<size_t>(rules_.cutoff_len);
  if (words.size() <= cutoff) {
    append(words);
    return true;
  }
  if (rules_.too_long != config::TooLong::Truncate)
    throw ExampleError(Fault::TooLong, fmt::format("{} tokens, and cutoff_len is {}; raise it, or write "
                                                   "too_long: truncate",
                                                   words.size(), cutoff));
  const auto kept = std::span(words).first(cutoff);
  const bool trains = data::trained_in(kept) > 0;
  ++ledger_.truncated_samples;
  ledger_.truncated_tokens += std::ssize(words) - (trains ? std::ssize(kept) : 0);
  if (trains) append(kept);
  return trains;
}

}  // namespace fullshard::prepare
