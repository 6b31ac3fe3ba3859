#include "fullshard/config/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/json_document.hpp"
#include "config/json_fields.hpp"
#include "config/rope_config.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::config {
namespace {

constexpr IntegerRange kVocabulary = {1, (int64_t{1} << 31) - 1};
constexpr IntegerRange kWidth = {1, int64_t{1} << 24};
constexpr IntegerRange kCount = {1, int64_t{1} << 16};
constexpr IntegerRange kPositions = {1, int64_t{1} << 31};
constexpr IntegerRange kTokenId = {0, (int64_t{1} << 31) - 1};

/// Defaults of the family's configuration class (transformers 5, configuration_<family>.py).
struct FamilyDefaults {
  Family family;
  std::string_view architecture, model_type;
  int64_t vocab_size, intermediate_size, max_position_embeddings;
  int64_t num_kv_heads;  // 0: as many as heads
  int64_t head_dim;      // 0: hidden_size / heads
  std::optional<int64_t> bos, eos;
};

constexpr std::array<FamilyDefaults, 4> kFamilies = {{
    {Family::Llama, "LlamaForCausalLM", "llama", 32000, 11008, 2048, 0, 0, 1, 2},
    {Family::Mistral, "MistralForCausalLM", "mistral", 32000, 14336, 131072, 8, 0, 1, 2},
    {Family::Qwen2, "Qwen2ForCausalLM", "qwen2", 151936, 22016, 32768, 32, 0, {}, {}},
    {Family::Qwen3, "Qwen3ForCausalLM", "qwen3", 151936, 22016, 32768, 32, 128, {}, {}},
}};

constexpr const char* kSupported =
    "supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM";

const FamilyDefaults* family_by(std::string_view FamilyDefaults::*field, std::string_view name) {
  for (const FamilyDefaults& f : kFamilies)
    if (f.*field == name) return &f;
  return nullptr;
}

/// Reads one config.json into a ModelConfig; every member function handles one concern and adds to
/// `problems`.
class Reader {
 public:
  Reader(const JsonValue& root, std::vector<std::string>& problems)
      : root_(root), problems_(problems), f_(root, "", problems) {}

  ModelConfig read() {
    defaults_ = family();
    if (!defaults_) return {};
    c_.family = defaults_->family;
    sizes();
    heads();
    biases();
    windows();
    refuse_what_is_not_done();
    c_.rms_norm_eps = f_.real("rms_norm_eps", {1e-30, 1}).value_or(c_.rms_norm_eps);
    c_.initializer_range = f_.real("initializer_range", {0, 1e3}).value_or(c_.initializer_range);
    c_.tied = f_.truth("tie_word_embeddings").value_or(false);
    c_.rope = read_rope(root_, c_.max_position_embeddings, problems_);
    dtype();
    token_ids();
    return std::move(c_);
  }

 private:
  const FamilyDefaults* family() {
    const FamilyDefaults* by_type = nullptr;
    const auto type = f_.string("model_type");
    if (type) by_type = family_by(&FamilyDefaults::model_type, *type);
    if (const JsonValue* list = f_.given("architectures")) {
      if (list->kind != JsonValue::Kind::Array || list->items.size() != 1) {
        f_.expected("architectures", "a list of one name");
        return nullptr;
      }
      const std::string& name = list->items[0].text;
      const FamilyDefaults* by_name = family_by(&FamilyDefaults::architecture, name);
      if (!by_name) {
        f_.problem("architectures", fmt::format("{} is not an architecture that can be trained; {}",
                                                json_excerpt(name), kSupported));
      } else if (type && by_type != by_name) {
        f_.problem("model_type", fmt::format("expected \"{}\", which goes with {}, found {}",
                                             by_name->model_type, name, json_excerpt(*type)));
      }
      return by_name;
    }
    if (!by_type)
      f_.problem(
          type ? "model_type" : "architectures",
          fmt::format("expected the name of an architecture, found {}; {}",
                      type ? "model_type " + json_excerpt(*type) : std::string("neither it nor model_type"),
                      kSupported));
    return by_type;
  }

  void sizes() {
    c_.vocab_size = f_.integer("vocab_size", kVocabulary).value_or(defaults_->vocab_size);
    c_.hidden_size = f_.integer("hidden_size", kWidth).value_or(4096);
    c_.intermediate_size = f_.integer("intermediate_size", kWidth).value_or(defaults_->intermediate_size);
    c_.num_layers = f_.integer("num_hidden_layers", kCount).value_or(32);
    c_.max_position_embeddings =
        f_.integer("max_position_embeddings", kPositions).value_or(defaults_->max_position_embeddings);
  }

  void heads() {
    c_.num_heads = f_.integer("num_attention_heads", kCount).value_or(32);
    // An absent key takes the family's default, null as many as heads.
    const JsonValue* kv = f_.raw("num_key_value_heads");
    const bool as_heads = kv ? kv->is_null() : defaults_->num_kv_heads == 0;
    c_.num_kv_heads =
        as_heads ? c_.num_heads : f_.integer("num_key_value_heads", kCount).value_or(defaults_->num_kv_heads);
    if (c_.num_heads % c_.num_kv_heads != 0)
      f_.problem("num_key_value_heads",
                 fmt::format("expected a divisor of num_attention_heads, {}, found {}{}", c_.num_heads,
                             c_.num_kv_heads, kv ? "" : " (default)"));

    const auto head_dim = f_.integer("head_dim", kCount);
    const bool derived = !head_dim && (defaults_->head_dim == 0 || f_.raw("head_dim"));
    c_.head_dim = derived ? c_.hidden_size / c_.num_heads : head_dim.value_or(defaults_->head_dim);
    const bool llama = c_.family == Family::Llama;  // its class checks the division even beside a head_dim
    if ((derived || llama) && c_.hidden_size % c_.num_heads != 0)
      f_.problem("num_attention_heads", fmt::format("expected a divisor of hidden_size, {}, found {}",
                                                    c_.hidden_size, c_.num_heads));
    if (c_.head_dim % 2 != 0 || c_.head_dim == 0)
      f_.problem("head_dim",
                 fmt::format("expected an even number, which rotary embedding needs, found {}{}", c_.head_dim,
                             head_dim ? "" : " (hidden_size / num_attention_heads)"));
  }

  /// A family without the switch has it fixed; saying the opposite would be ignored by transformers.
  bool fixed(std::string_view key, bool value) {
    const auto given = f_.truth(key);
    if (given && *given != value)
      f_.problem(key, fmt::format("{} always has {}; remove the key", defaults_->architecture, value));
    return value;
  }

  void biases() {
    switch (c_.family) {
      case Family::Llama:
        c_.qkv_bias = c_.o_bias = f_.truth("attention_bias").value_or(false);
        c_.mlp_bias = f_.truth("mlp_bias").value_or(false);
        return;
      case Family::Mistral:
        fixed("attention_bias", false);
        break;
      case Family::Qwen2:
        c_.qkv_bias = fixed("attention_bias", true);
        break;
      case Family::Qwen3:
        c_.qkv_bias = c_.o_bias = f_.truth("attention_bias").value_or(false);
        c_.qk_norm = true;
        break;
    }
    fixed("mlp_bias", false);
  }

  void windows() {
    const auto layers = static_cast<size_t>(c_.num_layers);
    c_.sliding_window.assign(layers, 0);
    const auto window = f_.integer("sliding_window", kPositions);
    if (c_.family == Family::Llama) {
      if (window)
        f_.problem("sliding_window", "LlamaForCausalLM has no sliding window; expected null or no such key");
      if (f_.truth("use_sliding_window").value_or(false))
        f_.problem("use_sliding_window", "LlamaForCausalLM has no sliding window; expected false");
      check_layer_types();
      return;
    }
    const bool is_null = f_.raw("sliding_window") && !f_.given("sliding_window");
    const int64_t width = is_null ? 0 : window.value_or(4096);
    if (c_.family == Family::Mistral) {
      if (f_.given("use_sliding_window"))
        f_.problem("use_sliding_window", "MistralForCausalLM goes by sliding_window alone; remove the key");
      c_.sliding_window.assign(layers, width);
    } else {
      qwen_windows(f_.truth("use_sliding_window").value_or(false) ? width : 0);
    }
    check_layer_types();
  }

  /// Layers from max_window_layers on, unless layer_types says which.
  void qwen_windows(int64_t width) {
    const int64_t first = f_.integer("max_window_layers", {0, kCount.greatest}).value_or(28);
    const JsonValue* types = f_.given("layer_types");
    for (size_t i = 0; i < c_.sliding_window.size(); ++i) {
      const bool listed = types && i < types->items.size() && types->items[i].text == "sliding_attention";
      if (types ? listed : static_cast<int64_t>(i) >= first) c_.sliding_window[i] = width;
    }
  }

  void check_layer_types() {
    const JsonValue* types = f_.given("layer_types");
    if (!types) return;
    if (types->kind != JsonValue::Kind::Array || types->items.size() != c_.sliding_window.size()) {
      f_.problem("layer_types", fmt::format("expected a list of {} names, one per layer, found {}",
                                            c_.sliding_window.size(), types->described()));
      return;
    }
    for (size_t i = 0; i < types->items.size(); ++i) {
      const std::string& type = types->items[i].text;
      const char* want = c_.sliding_window[i] > 0 ? "sliding_attention" : "full_attention";
      if (type == want) continue;
      f_.problem(
          "layer_types",
          fmt::format("layer {}: expected \"{}\", which the other keys imply, found {}; make them agree", i,
                      want, types->items[i].described()));
      return;
    }
  }

  void refuse_what_is_not_done() {
    for (const JsonValue& member : root_.items) {
      const std::string& key = member.name;
      const bool dropout = key.ends_with("dropout") || key.ends_with("_pdrop") || key == "layerdrop";
      if (dropout && !member.is_null() && !(member.is_number() && member.real == 0))
        f_.problem(key, fmt::format("dropout is not supported; expected 0, found {}", member.described()));
    }
    const auto activation = f_.string("hidden_act");
    if (activation && *activation != "silu" && *activation != "swish")
      f_.problem("hidden_act", fmt::format("expected \"silu\", found {}", json_excerpt(*activation)));
    const auto tp = f_.integer("pretraining_tp", kCount);
    if (tp && *tp != 1) f_.problem("pretraining_tp", fmt::format("expected 1, found {}", *tp));
    if (f_.truth("rope_interleaved").value_or(false))
      f_.problem("rope_interleaved", "interleaved rotary embedding is not supported; expected false");
    if (f_.given("quantization_config"))
      f_.problem("quantization_config",
                 "quantized weights cannot be trained in full; start from the unquantized model");
    for (const char* key :
         {"per_layer_config", "clip_qkv", "attn_logit_softcapping", "final_logit_softcapping"})
      if (f_.given(key)) f_.problem(key, "not supported; remove the key if the model does not need it");
  }

  void dtype() {
    static constexpr std::array<DType, 4> kFloats = {DType::F32, DType::BF16, DType::F16, DType::F64};
    std::string name;
    for (const char* key : {"torch_dtype", "dtype"}) {
      const auto given = f_.string(key);
      if (!given) continue;
      if (!name.empty() && name != *given)
        f_.problem(key, fmt::format("{} contradicts torch_dtype {}; keep one of them", json_excerpt(*given),
                                    json_excerpt(name)));
      name = *given;
      const auto* known =
          std::find_if(kFloats.begin(), kFloats.end(), [&](DType t) { return name_of(t) == name; });
      if (known != kFloats.end()) {
        c_.dtype = *known;
      } else {
        f_.expected(key, "float32, bfloat16, float16 or float64");
      }
    }
  }

  void token_ids() {
    const auto one = [&](const char* key, std::optional<int64_t> absent) -> std::optional<int64_t> {
      const JsonValue* v = f_.raw(key);
      if (!v) return absent;
      // Early Llama files have -1 for "none".
      if (v->kind == JsonValue::Kind::Integer && v->integer == -1) return {};
      return f_.integer(key, kTokenId);
    };
    c_.bos_token_id = one("bos_token_id", defaults_->bos);
    c_.pad_token_id = one("pad_token_id", {});
    const JsonValue* eos = f_.raw("eos_token_id");
    if (!eos || eos->kind != JsonValue::Kind::Array) {
      if (const auto id = one("eos_token_id", defaults_->eos)) c_.eos_token_ids = {*id};
      return;
    }
    for (const JsonValue& item : eos->items) {
      if (item.kind == JsonValue::Kind::Integer && item.integer >= 0 && item.integer <= kTokenId.greatest) {
        c_.eos_token_ids.push_back(item.integer);
      } else {
        f_.expected("eos_token_id", "a token id or a list of token ids");
        return;
      }
    }
  }

  const JsonValue& root_;
  std::vector<std::string>& problems_;
  JsonFields f_;
  const FamilyDefaults* defaults_ = nullptr;
  ModelConfig c_;
};

JsonDocument parse(const std::filesystem::path& path) {
  const std::string text = read_json_text(path);
  try {
    JsonDocument document = parse_json(text, JsonDialect::Strict);
    if (document.root.kind != JsonValue::Kind::Object)
      throw ModelError(path, fmt::format("expected a JSON object, found {}", document.root.described()));
    return document;
  } catch (const ModelError&) {
    throw;
  } catch (const Error& e) {
    throw ModelError(path, e.what());
  }
}

}  // namespace

std::string_view name_of(Family family) {
  for (const FamilyDefaults& f : kFamilies)
    if (f.family == family) return f.model_type;
  return "?";
}

ModelConfig load_model_config(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw ModelError(path, "expected the config.json of a Hugging Face model, found no such file");
  const JsonDocument document = parse(path);
  std::vector<std::string> problems = document.duplicates;
  ModelConfig config = Reader(document.root, problems).read();
  if (!problems.empty()) throw ModelError(path, fmt::format("\n  {}", fmt::join(problems, "\n  ")));
  return config;
}

}  // namespace fullshard::config
