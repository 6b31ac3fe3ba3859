#include "fullshard/chat/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/json_writer.hpp"

namespace fullshard::chat {

namespace {

bool overlap(const tokenize::TextRange& range, const TrainedSpan& span) {
  return range.begin < span.end && span.begin < range.end;
}

bool is_space(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The tokens of one span.
struct Run {
  size_t begin, end;
};

// Tokens stand in the order of their ranges, so one pass serves all spans.
std::vector<Run> train(const std::vector<tokenize::TextRange>& ranges, const std::vector<TrainedSpan>& spans,
                       std::vector<bool>& trained) {
  std::vector<Run> runs;
  size_t token = 0;
  for (const TrainedSpan& span : spans) {
    while (token < ranges.size() && !overlap(ranges[token], span) && ranges[token].begin < span.end) ++token;
    Run run{token, token};
    for (; run.end < ranges.size() && ranges[run.end].begin < span.end; ++run.end)
      if (overlap(ranges[run.end], span)) trained[run.end] = true;
    // Two spans may share a token.
    token = run.end > run.begin ? run.end - 1 : token;
    runs.push_back(run);
  }
  return runs;
}

struct Ends {
  const MaskedText& text;
  const tokenize::Encoding& encoding;
  const tokenize::Tokenizer& tokenizer;
  const std::vector<bool>& trained;

  std::string_view bytes(size_t token) const {
    const tokenize::TextRange range = encoding.ranges[token];
    return std::string_view(text.text).substr(range.begin, range.size());
  }
  std::string turn(const TrainedSpan& span) const {
    constexpr size_t kShown = 60;
    const size_t from = span.end - std::min(kShown, span.end - span.begin);
    return json_quoted(std::string_view(text.text).substr(from, span.end - from));
  }

  // Spaces may follow the end-of-turn token, as the line end of ChatML does.
  bool ended(const Run& run) const {
    size_t last = run.end;
    while (last > run.begin && !tokenizer.is_special(encoding.ids[last - 1]) && is_space(bytes(last - 1)))
      --last;
    return last > run.begin && tokenizer.is_special(encoding.ids[last - 1]);
  }

  std::optional<SampleFault> fault(const Run& run, const TrainedSpan& span) const {
    if (run.begin == run.end || ended(run)) return std::nullopt;
    for (size_t i = run.end; i < encoding.ids.size(); ++i) {
      if (!tokenizer.is_special(encoding.ids[i])) continue;
      if (trained[i]) return std::nullopt;
      return SampleFault{
          Fault::EndMasked,
          fmt::format("the turn ending in {} is trained, the token {} behind it is not, so the model "
                      "would not learn to end its turn; the template must have the token inside "
                      "of {{% generation %}}",
                      turn(span), json_quoted(bytes(i)))};
    }
    return SampleFault{
        Fault::NoEnd,
        fmt::format(
            "the turn ending in {} has no special token that ends it, so the model would not learn to; "
            "either the template writes none: let it write one, such as eos_token; or the tokenizer reads "
            "it in pieces, as no token of its own: use a template whose end token it has, or add the token",
            turn(span))};
  }
};

}  // namespace

Sample encode(const MaskedText& text, const tokenize::Tokenizer& tokenizer) {
  tokenize::Encoding encoding = tokenizer.encode_with_ranges(text.text, tokenize::SpecialTokens::None);
  Sample sample;
  sample.trained.resize(encoding.ids.size());
  const std::vector<Run> runs = train(encoding.ranges, text.trained, sample.trained);
  const Ends ends{text, encoding, tokenizer, sample.trained};
  for (size_t i = 0; i < runs.size() && !sample.fault; ++i)
    if (text.trained[i].is_turn) sample.fault = ends.fault(runs[i], text.trained[i]);
  if (std::find(sample.trained.begin(), sample.trained.end(), true) == sample.trained.end())
    sample.fault = {Fault::NothingTrained,
                    "no token of it is trained: no message has a role to train and says something"};
  sample.ids = std::move(encoding.ids);
  return sample;
}

}  // namespace fullshard::chat
