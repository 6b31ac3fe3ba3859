#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "data/records.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/data/dataset.hpp"

namespace fullshard::data {

namespace {

namespace json = boost::json;

using Ids = std::vector<int32_t>;

struct Place {
  const std::filesystem::path& file;
  int64_t line;
  [[noreturn]] void fail(const std::string& message) const { throw DataError(file, line, message); }
};

std::string keys_of(const json::object& row) {
  std::string keys;
  for (const auto& member : row) keys += (keys.empty() ? "\"" : ", \"") + std::string(member.key()) + "\"";
  return keys.empty() ? "none" : keys;
}

std::string_view text_column(const json::object& row, const std::string& column, const char* option,
                             const Place& place) {
  const json::value* value = row.if_contains(column);
  if (value == nullptr)
    place.fail(fmt::format("expected the column \"{}\", found {}; name the right one in columns.{}", column,
                           keys_of(row), option));
  if (!value->is_string()) place.fail(fmt::format("the column \"{}\": expected a string", column));
  return {value->get_string().data(), value->get_string().size()};
}

Ids integers(const json::object& row, const char* key, const Place& place) {
  const json::value* value = row.if_contains(key);
  if (value == nullptr)
    place.fail(fmt::format("expected \"{}\" beside the ready-made tokens, found {}", key, keys_of(row)));
  if (!value->is_array()) place.fail(fmt::format("\"{}\": expected an array of integers", key));
  Ids out;
  for (const json::value& element : value->get_array()) {
    if (!element.is_int64() || element.get_int64() < INT32_MIN || element.get_int64() > INT32_MAX)
      place.fail(fmt::format("\"{}\": element {} is not a 32-bit integer", key, out.size()));
    out.push_back(static_cast<int32_t>(element.get_int64()));
  }
  return out;
}

/// Turns records into samples; one per call of read_dataset.
class Reader {
 public:
  Reader(const tokenize::Tokenizer* tokenizer, const DatasetOptions& options)
      : tokenizer_(tokenizer), options_(options) {}

  void read(const std::filesystem::path& file);
  Dataset finish(const std::filesystem::path& last_file);

 private:
  const tokenize::Tokenizer& tokenizer(const Place& place) const;
  int32_t end_of_text(const Place& place) const;
  void add_tokens(const json::object& row, const Place& place);
  void add_document(std::string_view text, const Place& place);
  void add_pair(const json::object& row, const Place& place);
  void append_cut(Ids ids, Ids labels, const Place& place);
  void check_ids(const Ids& ids, const Place& place) const;
  void flush_blocks(int64_t shortest);
  void flush_all();

  const tokenize::Tokenizer* tokenizer_;
  const DatasetOptions& options_;
  Dataset out_;
  Ids pending_;  // Stage::Pretrain: tokens that do not fill a block yet
};

const tokenize::Tokenizer& Reader::tokenizer(const Place& place) const {
  if (tokenizer_ == nullptr)
    place.fail(
        "text needs a tokenizer and the model directory has none; add tokenizer.json or give input_ids");
  return *tokenizer_;
}

int32_t Reader::end_of_text(const Place& place) const {
  if (const auto id = tokenizer(place).eos_id()) return *id;
  place.fail("the tokenizer names no eos_token to end a text with; set it in tokenizer_config.json");
}

void Reader::check_ids(const Ids& ids, const Place& place) const {
  for (const int32_t id : ids)
    if (id < 0 || id >= options_.vocab_size)
      place.fail(
          fmt::format("token id {}: the model's vocabulary has 0 to {}; the tokens are of another model", id,
                      options_.vocab_size - 1));
}

void Reader::append_cut(Ids ids, Ids labels, const Place& place) {
  check_ids(ids, place);
  const auto trains = [&] {
    return labels.size() > 1 &&
           std::any_of(labels.begin() + 1, labels.end(), [](int32_t l) { return l != kIgnored; });
  };
  if (!trains())
    place.fail("no token of this sample is trained; a sample needs a response or a label besides -100");
  const auto cutoff = static_cast<size_t>(options_.cutoff_len);
  if (ids.size() > cutoff) {
    ++out_.ledger().truncated_samples;
    out_.ledger().truncated_tokens += static_cast<int64_t>(ids.size() - cutoff);
    const size_t length = ids.size();
    ids.resize(cutoff);
    labels.resize(cutoff);
    if (!trains())
      place.fail(fmt::format(
          "of {} tokens the first {} hold none that is trained; raise cutoff_len or shorten the prompt",
          length, cutoff));
  }
  out_.append(ids, labels);
}

void Reader::add_tokens(const json::object& row, const Place& place) {
  Ids ids = integers(row, "input_ids", place), labels = integers(row, "labels", place);
  if (ids.size() != labels.size())
    place.fail(
        fmt::format("expected as many labels as input_ids, found {} and {}", labels.size(), ids.size()));
  check_ids(ids, place);
  for (size_t t = 0; t < ids.size(); ++t)
    if (labels[t] != kIgnored && labels[t] != ids[t])
      place.fail(
          fmt::format("label {} of the token {}: expected {} or the token's own id, as the model shifts them",
                      labels[t], ids[t], kIgnored));
  append_cut(std::move(ids), std::move(labels), place);
}

void Reader::add_pair(const json::object& row, const Place& place) {
  const auto prompt = text_column(row, options_.columns.prompt, "prompt", place);
  const auto response = text_column(row, options_.columns.response, "response", place);
  if (response.empty())
    place.fail(
        fmt::format("the column \"{}\" is empty: there is nothing to train", options_.columns.response));
  Ids ids = tokenizer(place).encode(prompt, tokenize::SpecialTokens::Add);
  Ids labels(ids.size(), kIgnored);
  for (const int32_t id : tokenizer(place).encode(response, tokenize::SpecialTokens::None)) {
    ids.push_back(id);
    labels.push_back(id);
  }
  ids.push_back(end_of_text(place));
  labels.push_back(ids.back());
  append_cut(std::move(ids), std::move(labels), place);
}

void Reader::add_document(std::string_view text, const Place& place) {
  Ids ids = tokenizer(place).encode(text, tokenize::SpecialTokens::Add);
  ids.push_back(end_of_text(place));
  check_ids(ids, place);
  pending_.insert(pending_.end(), ids.begin(), ids.end());
  flush_blocks(options_.cutoff_len);
  if (options_.documents == Documents::Isolated) flush_all();
}

void Reader::flush_all() {
  flush_blocks(2);
  // A block of one token predicts nothing.
  if (!pending_.empty()) {
    ++out_.ledger().truncated_samples;
    out_.ledger().truncated_tokens += static_cast<int64_t>(pending_.size());
  }
  pending_.clear();
}

void Reader::flush_blocks(int64_t shortest) {
  const std::span<const int32_t> all(pending_);
  size_t done = 0;
  while (static_cast<int64_t>(all.size() - done) >= shortest) {
    const size_t length = std::min(all.size() - done, static_cast<size_t>(options_.cutoff_len));
    out_.append(all.subspan(done, length), all.subspan(done, length));
    done += length;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<int64_t>(done));
}

void Reader::read(const std::filesystem::path& file) {
  const std::string content = read_file(file);
  const FileKind kind = kind_of(content);
  if (content.find_first_not_of(" \t\r\n") == std::string::npos)
    throw DataError(file, 0, "is empty; expected at least one record or a text");
  if (kind == FileKind::Text) {
    if (options_.stage == Stage::Finetune)
      throw DataError(
          file, 1,
          "is plain text; stage sft needs a JSON array or JSONL of prompts and responses, or use stage pt");
    ++out_.ledger().documents;
    return add_document(content, {file, 1});
  }
  for_each_record(content, kind, file, [&](const json::object& row, int64_t line) {
    const Place place{file, line};
    ++out_.ledger().documents;
    if (options_.board) options_.board->touch();
    if (row.contains("input_ids")) return add_tokens(row, place);
    if (options_.stage == Stage::Finetune) return add_pair(row, place);
    add_document(text_column(row, options_.columns.text, "text", place), place);
  });
}

Dataset Reader::finish(const std::filesystem::path& last_file) {
  flush_all();
  if (out_.size() == 0)
    throw DataError(last_file, 0, "no sample came out of it; expected at least two tokens");
  return std::move(out_);
}

}  // namespace

Dataset read_dataset(std::span<const std::filesystem::path> files, const tokenize::Tokenizer* tokenizer,
                     const DatasetOptions& options) {
  if (files.empty()) throw ConfigError("dataset", "dataset: expected at least one file, found none");
  if (options.cutoff_len < 2)
    throw ConfigError("cutoff_len",
                      fmt::format("cutoff_len: expected 2 or more, found {}", options.cutoff_len));
  Reader reader(tokenizer, options);
  for (const auto& file : files) reader.read(file);
  return reader.finish(files.back());
}

}  // namespace fullshard::data
