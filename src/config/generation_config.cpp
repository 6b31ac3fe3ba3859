#include "fullshard/config/generation_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/json_document.hpp"
#include "config/json_fields.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::config {
namespace {

constexpr IntegerRange kTokenId = {0, (int64_t{1} << 31) - 1};

/// Settings under which transformers leaves plain greedy search, and the value that does nothing (besides
/// null).
struct Refused {
  const char* key;
  double neutral;
};
constexpr std::array<Refused, 15> kRefused = {{{"num_beams", 1},
                                               {"no_repeat_ngram_size", 0},
                                               {"min_length", 0},
                                               {"min_new_tokens", 0},
                                               {"penalty_alpha", 0},
                                               {"guidance_scale", 1},
                                               {"num_beam_groups", 1},
                                               {"bad_words_ids", 0},
                                               {"forced_bos_token_id", -1},
                                               {"forced_eos_token_id", -1},
                                               {"suppress_tokens", -1},
                                               {"begin_suppress_tokens", -1},
                                               {"sequence_bias", 0},
                                               {"exponential_decay_length_penalty", 0},
                                               {"stop_strings", 0}}};

void refuse_what_is_not_done(const JsonFields& f) {
  for (const Refused& r : kRefused) {
    const JsonValue* v = f.given(r.key);
    if (!v || (v->is_number() && !(v->real < r.neutral || v->real > r.neutral))) continue;
    f.problem(r.key, fmt::format("{} changes what is generated and is not done here; remove the key",
                                 v->described()));
  }
}

std::vector<int64_t> end_tokens(const JsonFields& f) {
  const JsonValue* eos = f.given("eos_token_id");
  if (!eos) return {};
  if (eos->kind != JsonValue::Kind::Array) {
    const auto id = f.integer("eos_token_id", kTokenId);
    return id ? std::vector{*id} : std::vector<int64_t>{};
  }
  std::vector<int64_t> ids;
  for (const JsonValue& item : eos->items) {
    if (item.kind != JsonValue::Kind::Integer || item.integer < kTokenId.least ||
        item.integer > kTokenId.greatest) {
      f.expected("eos_token_id", "a token id or a list of token ids");
      return {};
    }
    ids.push_back(item.integer);
  }
  return ids;
}

JsonDocument parse(const std::filesystem::path& path) {
  try {
    return parse_json(read_json_text(path), JsonDialect::Strict);
  } catch (const IoError&) {
    throw;
  } catch (const Error& e) {
    throw ModelError(path, e.what());
  }
}

}  // namespace

GenerationConfig load_generation_config(const std::filesystem::path& model_dir, const ModelConfig& model) {
  const auto path = model_dir / "generation_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {.eos_token_ids = model.eos_token_ids};
  const JsonDocument document = parse(path);
  if (document.root.kind != JsonValue::Kind::Object)
    throw ModelError(path, fmt::format("expected a JSON object, found {}", document.root.described()));
  std::vector<std::string> problems = document.duplicates;
  const JsonFields f(document.root, "", problems);
  GenerationConfig config{end_tokens(f), f.real("repetition_penalty", {1e-3, 1e3}).value_or(1)};
  refuse_what_is_not_done(f);
  if (!problems.empty()) throw ModelError(path, fmt::format("\n  {}", fmt::join(problems, "\n  ")));
  return config;
}

}  // namespace fullshard::config
