#include "prepare/stores/marked_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "fullshard/core/text.hpp"
#include "fullshard/data/token_word.hpp"

namespace fullshard::prepare {

namespace {

using Ids = std::vector<int32_t>;

/// Less of a run says nothing; a sample of very many runs loses whole ones instead.
constexpr int64_t kLeastOfRun = 60;

/// Characters, or ids with their blank.
using Units = std::vector<std::string>;

struct Run {
  bool trained;
  int64_t tokens;
  Units units;
};

/// Terminals obey control characters; U+0080 to U+009F are C2 80 to C2 9F.
std::string visible(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  const bool c0 = (byte(0) < 0x20 && byte(0) != '\n' && byte(0) != '\t') || byte(0) == 0x7F;
  if (c0) return fmt::format("\\x{:02x}", byte(0));
  if (character.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0) return fmt::format("\\u{:04x}", byte(1));
  return std::string(character);
}

Units characters_of(std::string_view text) {
  Units units;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    units.push_back(visible(text.substr(at, end - at)));
    at = end;
  }
  return units;
}

class Decoder {
 public:
  explicit Decoder(const tokenize::Tokenizer* tokenizer) : tokenizer_(tokenizer) {}

  Units next(const Ids& ids) {
    if (tokenizer_ == nullptr) {
      Units units;
      for (const int32_t id : ids) units.push_back(fmt::format("{} ", id));
      return units;
    }
    // Some decoders strip the blank that a text begins with, so a run is what it adds to those before it.
    before_.insert(before_.end(), ids.begin(), ids.end());
    std::string all = tokenizer_->decode(before_, tokenize::SkipSpecial::No);
    const std::string mine = all.starts_with(text_) ? all.substr(text_.size())
                                                    : tokenizer_->decode(ids, tokenize::SkipSpecial::No);
    text_ = std::move(all);
    return characters_of(mine);
  }

 private:
  const tokenize::Tokenizer* tokenizer_;
  Ids before_;
  std::string text_;
};

std::vector<Run> runs_of(std::span<const int32_t> words, const tokenize::Tokenizer* tokenizer) {
  Decoder decoder(tokenizer);
  std::vector<Run> runs;
  for (size_t at = 0; at < words.size();) {
    const bool trained = data::is_trained(words[at]);
    Ids ids;
    for (; at < words.size() && data::is_trained(words[at]) == trained; ++at)
      ids.push_back(data::id_of(words[at]));
    const int64_t tokens = std::ssize(ids);
    runs.push_back({trained, tokens, decoder.next(ids)});
  }
  return runs;
}

/// The most that each run may have so that all together have `budget`.
int64_t share_of_each(const std::vector<Run>& runs, int64_t budget) {
  std::vector<int64_t> lengths;
  for (const Run& run : runs) lengths.push_back(std::ssize(run.units));
  std::sort(lengths.begin(), lengths.end());
  for (size_t i = 0; i < lengths.size(); ++i) {
    const int64_t share = budget / std::ssize(std::span(lengths).subspan(i));
    if (lengths[i] > share) return std::max(share, kLeastOfRun);
    budget -= lengths[i];
  }
  return lengths.empty() ? 0 : lengths.back();
}

std::string joined(std::span<const std::string> units) {
  return std::accumulate(units.begin(), units.end(), std::string());
}

class Marks {
 public:
  explicit Marks(bool color) : color_(color) {}

  std::string run(const Run& run, int64_t most, const char* unit) const {
    const std::span<const std::string> units = run.units;
    const int64_t out = std::ssize(units) - most;
    std::string text;
    if (out <= 0) {
      text = painted(run, joined(units));
    } else {
      const auto head = static_cast<size_t>((most + 1) / 2), tail = static_cast<size_t>(most / 2);
      text = painted(run, joined(units.first(head))) +
             fmt::format(" [… {} {} …] ", with_thousands(out), unit) + painted(run, joined(units.last(tail)));
    }
    return run.trained && !color_ ? "⟦" + text + "⟧" : text;
  }

 private:
  std::string painted(const Run& run, const std::string& text) const {
    return color_ ? fmt::format("\033[{}m{}\033[0m", run.trained ? "32" : "2", text) : text;
  }

  bool color_;
};

}  // namespace

std::string marked_text(std::span<const int32_t> words, const tokenize::Tokenizer* tokenizer,
                        const MarkOptions& options) {
  const std::vector<Run> runs = runs_of(words, tokenizer);
  const int64_t share = share_of_each(runs, options.characters);
  const Marks marks(options.color);
  std::string out;
  int64_t left = std::max(options.characters, kLeastOfRun), tokens = 0, trained = 0;
  for (const Run& run : runs) {
    if (left <= 0) {
      tokens += run.tokens;
      trained += run.trained ? run.tokens : 0;
      continue;
    }
    out += marks.run(run, share, tokenizer ? "characters" : "ids");
    left -= std::min(share, std::ssize(run.units));
  }
  if (tokens > 0)
    out += fmt::format(" [… {} more tokens, {} of them trained]", with_thousands(tokens),
                       with_thousands(trained));
  return out;
}

}  // namespace fullshard::prepare
