#include "chat/generation_spans.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/chat/fault.hpp"

namespace fullshard::chat {

namespace {

constexpr std::string_view kRemedy =
    "; write the block around what each assistant message says, where it is printed";

std::vector<size_t> generated_messages(const Dialogue& dialogue) {
  std::vector<size_t> messages;
  for (size_t i = 0; i < dialogue.size(); ++i)
    if (dialogue.role(i) == kGenerated) messages.push_back(i);
  return messages;
}

}  // namespace

std::vector<TrainedSpan> generation_spans(Dialogue& dialogue, const jinja::Rendered& whole,
                                          std::span<const size_t> learned) {
  if (whole.generated_elsewhere > 0)
    throw ConversationError(
        Fault::Generation,
        fmt::format("a {{% generation %}} block went through a variable or a filter of the template, so "
                    "where its text is cannot be told{}",
                    kRemedy));
  const std::vector<size_t> generated = generated_messages(dialogue);
  const bool all = learned.size() == generated.size();
  std::vector<TrainedSpan> spans;
  size_t before = 0;
  for (size_t i = 0; i < generated.size() && !all; ++i) {
    const size_t after = dialogue.first(generated[i] + 1).generated.size();
    if (after < before || after > whole.generated.size() ||
        (i + 1 == generated.size() && after != whole.generated.size()))
      throw ConversationError(
          Fault::Generation,
          fmt::format(
              "only some messages are to be trained, and the template's {{% generation %}} blocks do not "
              "tell which is whose: {} up to message {}, {} in all{}",
              after, generated[i] + 1, whole.generated.size(), kRemedy));
    if (std::binary_search(learned.begin(), learned.end(), generated[i]))
      for (size_t k = before; k < after; ++k)
        spans.push_back({whole.generated[k].begin, whole.generated[k].end, true});
    before = after;
  }
  if (all)
    for (const jinja::TextSpan& span : whole.generated) spans.push_back({span.begin, span.end, true});
  std::erase_if(spans, [](const TrainedSpan& span) { return span.begin == span.end; });
  return spans;
}

}  // namespace fullshard::chat
