#include "fullshard/generate/generator.hpp"

#include <algorithm>

namespace fullshard::generate {

namespace {

std::vector<double> to_doubles(const at::Tensor& logits) {
  const at::Tensor exact = logits.to(at::kDouble).contiguous();
  const auto* data = exact.const_data_ptr<double>();
  return {data, data + exact.numel()};
}

// Each token once, however often it was there.
class Penalty {
 public:
  Penalty(double factor, int64_t vocab_size)
      : factor_(factor), seen_(static_cast<size_t>(vocab_size), false) {}
  void note(int32_t id) {
    if (!seen_[static_cast<size_t>(id)]) ids_.push_back(static_cast<size_t>(id));
    seen_[static_cast<size_t>(id)] = true;
  }
  void apply(std::vector<double>& logits) const {
    for (size_t id : ids_) logits[id] = logits[id] < 0 ? logits[id] * factor_ : logits[id] / factor_;
  }

 private:
  double factor_;
  std::vector<bool> seen_;
  std::vector<size_t> ids_;
};

}  // namespace

std::vector<int32_t> generate(Decoder& decoder, std::span<const int32_t> prompt,
                              const GenerateOptions& options, const OnToken& on_token) {
  at::Tensor logits = decoder.prefill(prompt);
  Penalty penalty(options.repetition_penalty, decoder.spec().config.vocab_size);
  for (int32_t id : prompt) penalty.note(id);
  std::vector<int32_t> ids;
  const auto& eos = options.eos_token_ids;
  while (static_cast<int64_t>(ids.size()) < options.max_new_tokens) {
    if (!ids.empty()) logits = decoder.step(ids.back());
    std::vector<double> scores = to_doubles(logits);
    penalty.apply(scores);
    const int32_t id = sample(scores, options.sampling, ids.size());
    ids.push_back(id);
    penalty.note(id);
    if (on_token) on_token(id);
    if (std::find(eos.begin(), eos.end(), id) != eos.end()) break;
  }
  return ids;
}

}  // namespace fullshard::generate
