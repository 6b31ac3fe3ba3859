#pragma once
// `train_results.json`, `eval_results.json` and `all_results.json` under the names that transformers'
// Trainer.save_metrics gives them, for scripts that collect runs; ours are trained_tokens, eval_tokens and,
// as text, checkpoint_digest and model_digest.

#include <filesystem>

#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

/// Writes the three files into `output_dir` (`eval_results.json` only after an evaluation); keys sorted,
/// indented by four, as transformers does.
void write_results(const std::filesystem::path& output_dir, const RunSummary& summary);

}  // namespace fullshard::report
