#include "fullshard/report/results.hpp"

#include <cmath>
#include <map>
#include <string>
#include <variant>

#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::report {

namespace {

using Metrics =
    std::map<std::string, std::variant<double, std::string>>;  // sorted, as transformers writes them

Metrics train_metrics(const RunSummary& s) {
  const auto per_second = [&](double n) { return s.runtime_seconds > 0 ? n / s.runtime_seconds : 0; };
  Metrics m{{"epoch", s.epochs},
            {"train_loss", s.train_loss},
            {"train_runtime", s.runtime_seconds},
            {"train_samples_per_second", per_second(static_cast<double>(s.samples))},
            {"train_steps_per_second", per_second(static_cast<double>(s.steps))},
            {"train_tokens_per_second", s.tokens_per_second},
            {"trained_tokens", static_cast<double>(s.trained_tokens)}};
  if (s.data_wait) m["train_data_wait"] = s.data_wait->seconds;
  if (s.checkpoint_digest) m["checkpoint_digest"] = s.checkpoint_digest->hex();
  if (s.model_digest) m["model_digest"] = s.model_digest->hex();
  return m;
}

Metrics eval_metrics(const EvalRecord& e) {
  return {{"epoch", e.epoch},
          {"eval_loss", e.eval_loss},
          {"eval_tokens", static_cast<double>(e.eval_tokens)},
          {"perplexity", std::exp(e.eval_loss)}};
}

void write_metrics(const std::filesystem::path& path, const Metrics& metrics) {
  JsonWriter w(4);
  w.begin_object();
  for (const auto& [name, value] : metrics) std::visit([&](const auto& v) { w.key(name).value(v); }, value);
  write_file_atomically(path, w.end_object().str() + "\n");
}

}  // namespace

void write_results(const std::filesystem::path& output_dir, const RunSummary& summary) {
  Metrics all = train_metrics(summary);
  write_metrics(output_dir / "train_results.json", all);
  if (summary.last_eval) {
    const Metrics eval = eval_metrics(*summary.last_eval);
    write_metrics(output_dir / "eval_results.json", eval);
    all.insert(eval.begin(), eval.end());
  }
  write_metrics(output_dir / "all_results.json", all);
}

}  // namespace fullshard::report
