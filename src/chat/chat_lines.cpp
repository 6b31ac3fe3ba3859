#include "fullshard/chat/chat_lines.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

#include "fullshard/chat/sample.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/jinja/parse_json.hpp"

namespace fullshard::chat {

namespace {

// What PyTorch and transformers ignore in a loss.
constexpr int32_t kIgnored = -100;

struct Labelled {
  std::string text;
  Sample sample;
};

void write_members(JsonWriter& w, const Labelled& l) {
  w.key("text").value(l.text).key("input_ids").begin_array();
  for (const int32_t id : l.sample.ids) w.value(id);
  w.end_array().key("labels").begin_array();
  for (size_t i = 0; i < l.sample.ids.size(); ++i) w.value(l.sample.trained[i] ? l.sample.ids[i] : kIgnored);
  w.end_array();
  if (l.sample.fault)
    w.key("fault").value(fault_name(l.sample.fault->fault)).key("reason").value(l.sample.fault->message);
}

void write_conversation(JsonWriter& w, const MaskedTexts& texts, const tokenize::Tokenizer& tokenizer) {
  std::vector<Labelled> samples;
  for (const MaskedText& text : texts.samples) samples.push_back({text.text, encode(text, tokenizer)});
  const auto whole =
      std::find_if(samples.begin(), samples.end(), [&](const Labelled& l) { return l.text == texts.whole; });
  if (whole != samples.end()) {
    write_members(w, *whole);
    if (samples.size() == 1) return;
  } else {
    Labelled unlearned{texts.whole, encode({texts.whole, {}}, tokenizer)};
    unlearned.sample.fault.reset();  // it is no sample
    write_members(w, unlearned);
  }
  w.key("samples").begin_array();
  for (const Labelled& sample : samples) {
    w.begin_object();
    write_members(w, sample);
    w.end_object();
  }
  w.end_array();
}

/// Of a conversation whose masks cannot be told, though it has a text.
void write_unmasked(JsonWriter& w, const std::string& whole, const ConversationError& e,
                    const tokenize::Tokenizer& tokenizer) {
  Labelled unlearned{whole, encode({whole, {}}, tokenizer)};
  unlearned.sample.fault = {e.fault, e.what()};
  write_members(w, unlearned);
}

void write_line(JsonWriter& w, const Conversation& conversation, const ChatTemplate& chat_template,
                const tokenize::Tokenizer& tokenizer, jinja::Heap& heap) {
  try {
    write_conversation(w, masked_texts(chat_template, conversation, {}, heap), tokenizer);
  } catch (const ConversationError& e) {
    write_unmasked(w, whole_text(chat_template, conversation, heap), e, tokenizer);
  }
}

}  // namespace

void encode_chat_lines(const tokenize::Tokenizer& tokenizer, const ChatTemplate& chat_template,
                       std::istream& in, std::ostream& out) {
  std::string line;
  jinja::Heap heap;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    heap.clear();
    JsonWriter w;
    w.begin_object();
    try {
      const jinja::Value row = jinja::parse_json(line, heap);
      write_line(w, conversation_of(row, heap), chat_template, tokenizer, heap);
    } catch (const jinja::TemplateError& e) {  // of the line's JSON: it says the byte
      w.key("error").value(e.reason);
    } catch (const Error& e) {
      w.key("error").value(e.what());
    }
    out << w.end_object().str() << '\n';
  }
  if (in.bad()) throw IoError("input", -1, "cannot be read to its end");
}

}  // namespace fullshard::chat
