#include "fullshard/prepare/store_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <unordered_map>

#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/data/near_duplicates.hpp"
#include "fullshard/data/token_word.hpp"
#include "fullshard/prepare/ledger_text.hpp"
#include "prepare/length_histogram.hpp"

namespace fullshard::prepare {

namespace {

using Words = std::vector<int32_t>;

constexpr int64_t kPairsShown = 5;
/// An end of turn alone is next to nothing.
constexpr int64_t kLeastTrained = 2;

Words words_of(const data::TokenStore& store, int64_t sample) {
  Words words;
  store.read(sample, words);
  return words;
}

/// At most so many characters of UTF-8, and how many were left out.
std::string cut_to(const std::string& text, int64_t characters) {
  int64_t seen = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (seen++ == characters) return fmt::format("{}… ({} more bytes)", text.substr(0, at), text.size() - at);
  }
  return text;
}

class StoreReport {
 public:
  StoreReport(const data::TokenStore& store, const tokenize::Tokenizer* tokenizer,
              const ReportOptions& options)
      : store_(store), tokenizer_(tokenizer), options_(options) {}

  std::string lengths_and_targets() const {
    std::vector<int64_t> lengths;
    int64_t longest = 0, hardly_trained = 0, first_hardly = -1;
    for (int64_t i = 0; i < store_.size(); ++i) {
      lengths.push_back(store_.length(i));
      if (lengths.back() > store_.length(longest)) longest = i;
      if (data::trained_in(words_of(store_, i)) >= kLeastTrained) continue;
      if (hardly_trained++ == 0) first_hardly = i;
    }
    std::string out = length_histogram(lengths);
    out += fmt::format("longest: sample {} (document {}), {} tokens\n", longest, store_.document(longest),
                       with_thousands(store_.length(longest)));
    out +=
        hardly_trained == 0
            ? "empty targets: none\n"
            : fmt::format(
                  "empty targets: {} samples train fewer than {} tokens; the first is sample {} "
                  "(document {})\n",
                  with_thousands(hardly_trained), kLeastTrained, first_hardly, store_.document(first_hardly));
    return out;
  }

  std::string equal_samples() const {
    std::unordered_map<uint64_t, int64_t> first_of;
    std::string shown;
    int64_t found = 0;
    for (int64_t i = 0; i < store_.size(); ++i) {
      const auto [first, is_new] = first_of.try_emplace(store_.digest(i), i);
      if (is_new || found++ >= kPairsShown) continue;
      shown += fmt::format("  {} = {}\n", i, first->second);
    }
    return fmt::format("equal samples: {}\n{}", with_thousands(found), shown);
  }

  std::string similar_samples() const {
    const data::NearDuplicates near =
        data::near_duplicates(store_.size(), [this](int64_t i) { return words_of(store_, i); });
    std::string out = fmt::format("similar samples: {}{}\n", with_thousands(std::ssize(near.pairs)),
                                  near.looked_at < store_.size()
                                      ? fmt::format(" among the first {}", with_thousands(near.looked_at))
                                      : "");
    for (int64_t i = 0; i < std::min(kPairsShown, std::ssize(near.pairs)); ++i) {
      const data::SimilarPair& p = near.pairs[static_cast<size_t>(i)];
      out += fmt::format("  {} resembles {} ({:.0f} %)\n", p.second, p.first, 100 * p.similarity);
    }
    return out;
  }

  /// Samples spread evenly over the store.
  std::string examples() const {
    std::string out;
    const int64_t count = std::min(options_.examples, store_.size());
    for (int64_t k = 0; k < count; ++k) {
      const int64_t sample = k * store_.size() / count;
      const Words words = words_of(store_, sample);
      out += fmt::format("\nsample {} (document {}), {} tokens, {} trained\n{}\n", sample,
                         store_.document(sample), words.size(), data::trained_in(words), marked(words));
    }
    return out;
  }

 private:
  std::string text_of(std::span<const int32_t> ids) const {
    if (tokenizer_) return tokenizer_->decode(ids, tokenize::SkipSpecial::No);
    return fmt::format("{} ", fmt::join(ids, " "));
  }

  /// Runs of one mask, one after the other.
  std::string marked(const Words& words) const {
    std::string out;
    int64_t left = options_.characters;
    for (size_t at = 0; at < words.size() && left > 0;) {
      const bool trained = data::is_trained(words[at]);
      Words ids;
      for (; at < words.size() && data::is_trained(words[at]) == trained; ++at)
        ids.push_back(data::id_of(words[at]));
      const std::string text = cut_to(text_of(ids), left);
      left -= std::ssize(text);
      if (options_.color)
        out += fmt::format("\033[{}m{}\033[0m", trained ? "32" : "2", text);
      else
        out += trained ? "⟦" + text + "⟧" : text;
    }
    return out;
  }

  const data::TokenStore& store_;
  const tokenize::Tokenizer* tokenizer_;
  const ReportOptions& options_;
};

}  // namespace

std::string store_report(const data::TokenStore& store, const std::string& name,
                         const tokenize::Tokenizer* tokenizer, const ReportOptions& options) {
  const StoreReport report(store, tokenizer, options);
  std::string out = fmt::format("{}: {} samples, {} tokens in {}\n\n", name, with_thousands(store.size()),
                                with_thousands(store.header().num_tokens), store.path().string());
  out += ledger_text({{name, store.header().ledger}}) + '\n';
  out += report.lengths_and_targets() + report.equal_samples();
  if (options.near_duplicates) out += report.similar_samples();
  return out + report.examples();
}

void write_samples(const data::TokenStore& store, const std::string& name, std::ostream& out) {
  Words words;
  for (int64_t i = 0; i < store.size(); ++i) {
    words.clear();
    store.read(i, words);
    JsonWriter w;
    w.begin_object().key("source").value(name).key("index").value(store.document(i));
    w.key("input_ids").begin_array();
    for (const int32_t word : words) w.value(data::id_of(word));
    w.end_array().key("labels").begin_array();
    for (const int32_t word : words) w.value(data::label_of(word));
    out << w.end_array().end_object().str() << '\n';
  }
}

}  // namespace fullshard::prepare
