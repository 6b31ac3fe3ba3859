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
#include "prepare/stores/length_histogram.hpp"
#include "prepare/stores/marked_text.hpp"

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
                  "empty targets: {} (fewer than {} tokens trained), first: sample {} (document {})\n",
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
    const int64_t count = std::min(options_.examples, store_.size());
    if (count == 0) return "";
    std::string out = options_.color ? "\nexamples; \033[32mtrained\033[0m, \033[2mmasked\033[0m\n"
                                     : "\nexamples; what is trained stands in ⟦ ⟧\n";
    for (int64_t k = 0; k < count; ++k) {
      const int64_t sample = k * store_.size() / count;
      const Words words = words_of(store_, sample);
      const std::string title = fmt::format("sample {} (document {}): {} tokens, {} trained", sample,
                                            store_.document(sample), words.size(), data::trained_in(words));
      out += fmt::format(
          "\n{}\n{}\n", options_.color ? "\033[1m" + title + "\033[0m" : title,
          marked_text(words, tokenizer_, {.characters = options_.characters, .color = options_.color}));
    }
    return out;
  }

 private:
  const data::TokenStore& store_;
  const tokenize::Tokenizer* tokenizer_;
  const ReportOptions& options_;
};

}  // namespace

std::string store_report(const data::TokenStore& store, const std::string& name,
                         const tokenize::Tokenizer* tokenizer, const ReportOptions& options) {
  const StoreReport report(store, tokenizer, options);
  const std::string title = fmt::format("{}: {} samples, {} tokens", name, with_thousands(store.size()),
                                        with_thousands(store.header().num_tokens));
  std::string out = options.color ? "\033[1m" + title + "\033[0m\n" : title + '\n';
  out += fmt::format("store: {}\n", store.path().string()) + ledger_lines(store.header().ledger) + '\n';
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
