#include "fullshard/config/model_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::config {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ModelConfig load(const std::string& json) {
  const test::TempDir dir;
  write_file_atomically(dir / "config.json", json);
  return load_model_config(dir / "config.json");
}

/// A config.json of `architecture` with `members` added: `"a": 1, "b": 2`.
std::string with(const std::string& architecture, const std::string& members) {
  return "{\"architectures\": [\"" + architecture + "\"]" + (members.empty() ? "" : ",\n" + members) + "}";
}
ModelConfig llama(const std::string& members) {
  return load(with("LlamaForCausalLM", members));
}

std::string refusal(const std::string& json) {
  try {
    load(json);
  } catch (const ModelError& e) {
    EXPECT_EQ(e.exit_code(), ExitCode::Refused);
    return e.what();
  }
  return "accepted";
}
std::string llama_refusal(const std::string& members) {
  return refusal(with("LlamaForCausalLM", members));
}

TEST(ModelConfig, messages_are_short_and_have_no_control_characters_whatever_they_quote) {
  const std::string evil = "\\u001b]0;" + std::string(5000, 'x'), quoted = '"' + evil + '"';
  const std::string files[] = {
      with(evil, ""),
      "{\"model_type\": " + quoted + "}",
      with("LlamaForCausalLM", "\"model_type\": " + quoted),
      with("LlamaForCausalLM", "\"hidden_act\": " + quoted),
      with("LlamaForCausalLM", "\"dtype\": " + quoted),
      with("LlamaForCausalLM", "\"torch_dtype\": \"float32\", \"dtype\": " + quoted),
      with("LlamaForCausalLM", "\"vocab_size\": " + quoted),
      with("LlamaForCausalLM", "\"vocab_size\": [" + quoted + "]"),
      with("LlamaForCausalLM", '"' + evil + "_dropout\": 1"),
      with("LlamaForCausalLM", quoted + ": 1, " + quoted + ": 2"),
      with("LlamaForCausalLM", "\"rope_scaling\": {\"type\": " + quoted + "}"),
      with("LlamaForCausalLM", "\"rope_scaling\": {\"rope_type\": \"yarn\", \"type\": " + quoted + "}"),
      with("LlamaForCausalLM", "\"rope_scaling\": {\"type\": \"yarn\", " + quoted + ": 1}")};

  for (const std::string& file : files) {
    const std::string message = refusal(file);
    EXPECT_THAT(message, Not(HasSubstr("accepted")));
    EXPECT_LT(message.size(), 600u) << message;
    EXPECT_EQ(message.find_first_of("\x1B\x7F"), message.npos) << message;
  }
}

TEST(ModelConfig, absent_keys_take_the_defaults_of_each_family) {
  const ModelConfig llama = load(with("LlamaForCausalLM", ""));
  const ModelConfig mistral = load(with("MistralForCausalLM", ""));
  const ModelConfig qwen2 = load(with("Qwen2ForCausalLM", ""));
  const ModelConfig qwen3 = load(with("Qwen3ForCausalLM", ""));

  EXPECT_EQ(llama.vocab_size, 32000);
  EXPECT_EQ(llama.intermediate_size, 11008);
  EXPECT_EQ(llama.max_position_embeddings, 2048);
  EXPECT_EQ(llama.num_kv_heads, 32);
  EXPECT_EQ(llama.head_dim, 128);
  EXPECT_EQ(llama.bos_token_id, 1);
  EXPECT_THAT(llama.eos_token_ids, ElementsAre(2));
  EXPECT_FALSE(llama.qkv_bias || llama.o_bias || llama.mlp_bias || llama.qk_norm || llama.tied);
  EXPECT_EQ(mistral.num_kv_heads, 8);
  EXPECT_EQ(mistral.max_position_embeddings, 131072);
  EXPECT_THAT(mistral.sliding_window, Each(4096));
  EXPECT_TRUE(qwen2.qkv_bias);
  EXPECT_FALSE(qwen2.o_bias);
  EXPECT_THAT(qwen2.sliding_window, Each(0));
  EXPECT_FALSE(qwen2.bos_token_id);
  EXPECT_TRUE(qwen2.eos_token_ids.empty());
  EXPECT_TRUE(qwen3.qk_norm);
  EXPECT_FALSE(qwen3.qkv_bias);
  EXPECT_EQ(qwen3.head_dim, 128);
}

TEST(ModelConfig, model_type_serves_where_architectures_is_absent) {
  EXPECT_EQ(load(R"({"model_type": "qwen3"})").family, Family::Qwen3);
}

TEST(ModelConfig, null_kv_heads_means_as_many_as_heads) {
  const auto c = load(with("Qwen2ForCausalLM", R"("num_attention_heads": 16, "num_key_value_heads": null)"));

  EXPECT_EQ(c.num_kv_heads, 16);
}

TEST(ModelConfig, head_dim_need_not_be_the_quotient) {
  const auto c = load(with("MistralForCausalLM", R"("hidden_size": 5120, "head_dim": 128)"));

  EXPECT_EQ(c.head_dim, 128);
}

TEST(ModelConfig, a_width_that_the_heads_do_not_divide_is_refused) {
  EXPECT_THAT(llama_refusal(R"("hidden_size": 36, "num_attention_heads": 8)"),
              HasSubstr("expected a divisor of hidden_size, 36, found 8"));
}

TEST(ModelConfig, llama_biases_follow_their_switches) {
  const auto c = llama(R"("attention_bias": true, "mlp_bias": true)");

  EXPECT_TRUE(c.qkv_bias && c.o_bias && c.mlp_bias);
}

TEST(ModelConfig, switches_that_a_family_does_not_have_are_refused_unless_they_state_what_holds) {
  EXPECT_THAT(refusal(with("Qwen2ForCausalLM", R"("attention_bias": false)")), HasSubstr("attention_bias"));
  EXPECT_THAT(refusal(with("MistralForCausalLM", R"("mlp_bias": true)")), HasSubstr("mlp_bias"));
  EXPECT_TRUE(load(with("Qwen2ForCausalLM", R"("attention_bias": true)")).qkv_bias);
}

TEST(ModelConfig, old_and_new_rope_spelling_mean_the_same) {
  const auto old = llama(R"("rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", "factor": 8.0,
      "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 512})");
  const auto modern = llama(R"("rope_parameters": {"rope_type": "llama3", "rope_theta": 500000, "factor": 8,
      "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 512})");

  for (const auto& rope : {old.rope, modern.rope}) {
    EXPECT_EQ(rope.kind, RopeKind::Llama3);
    EXPECT_EQ(rope.theta, 500000);
    EXPECT_EQ(rope.factor, 8);
    EXPECT_EQ(rope.original_max_positions, 512);
  }
}

TEST(ModelConfig, reads_every_rope_type) {
  const auto linear = llama(R"("rope_scaling": {"type": "linear", "factor": 2})").rope;
  const auto dynamic = llama(R"("rope_scaling": {"type": "dynamic", "factor": 4.5})").rope;
  const auto yarn = llama(R"("rope_scaling": {"type": "yarn", "factor": 4, "attention_factor": 0.5,
      "original_max_position_embeddings": 1024, "beta_fast": 16, "beta_slow": 2, "truncate": false,
      "mscale": 0.7, "mscale_all_dim": 0.9})")
                        .rope;

  EXPECT_EQ(linear.kind, RopeKind::Linear);
  EXPECT_EQ(linear.theta, 10000);
  EXPECT_EQ(dynamic.kind, RopeKind::Dynamic);
  EXPECT_EQ(dynamic.original_max_positions, 2048);
  EXPECT_EQ(yarn.kind, RopeKind::Yarn);
  EXPECT_EQ(yarn.attention_factor, 0.5);
  EXPECT_EQ(yarn.beta_fast, 16);
  EXPECT_EQ(yarn.beta_slow, 2);
  EXPECT_FALSE(yarn.truncate);
  EXPECT_EQ(yarn.mscale, 0.7);
  EXPECT_EQ(yarn.mscale_all_dim, 0.9);
  EXPECT_EQ(llama(R"("rope_scaling": null)").rope.kind, RopeKind::Default);
}

TEST(ModelConfig, yarn_without_original_length_starts_at_the_models_own) {
  EXPECT_EQ(llama(R"("rope_scaling": {"type": "yarn", "factor": 4})").rope.original_max_positions, 2048);
}

TEST(ModelConfig, yarn_without_factor_takes_the_ratio_of_lengths) {
  const auto c = llama(R"("rope_scaling": {"type": "yarn", "original_max_position_embeddings": 512})");

  EXPECT_EQ(c.rope.factor, 4);
}

TEST(ModelConfig, yarn_settings_that_are_absent_or_zero_take_the_papers) {
  for (const std::string members : {"", R"(, "beta_fast": 0, "beta_slow": 0)"}) {
    const auto rope = llama(R"("rope_scaling": {"type": "yarn", "factor": 4)" + members + "}").rope;

    EXPECT_EQ(rope.beta_fast, 32);
    EXPECT_EQ(rope.beta_slow, 1);
    EXPECT_TRUE(rope.truncate);
  }
}

TEST(ModelConfig, an_original_length_beside_the_rope_parameters_comes_first) {
  const auto c = llama(R"("original_max_position_embeddings": 512,
      "rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 1024})");

  EXPECT_EQ(c.rope.original_max_positions, 512);
}

TEST(ModelConfig, rope_settings_that_would_be_ignored_are_refused) {
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "longrope"})"), HasSubstr("longrope"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"factor": 2})"), HasSubstr("rope_scaling.factor"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "linear"})"), HasSubstr("needs it"));
  EXPECT_THAT(llama_refusal(R"("partial_rotary_factor": 0.5)"), HasSubstr("partial_rotary_factor"));
  EXPECT_THAT(llama_refusal(R"("rope_parameters": {"full_attention": {"rope_theta": 1e4}})"),
              HasSubstr("per layer type"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "linear", "rope_type": "yarn", "factor": 2})"),
              HasSubstr("contradict"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "linear", "factor": 2},
                               "rope_parameters": {"rope_type": "linear", "factor": 3})"),
              HasSubstr("contradicts"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "dynamic", "factor": 2,
                               "original_max_position_embeddings": 512})"),
              HasSubstr("512 contradicts"));
  EXPECT_THAT(llama_refusal(R"("rope_scaling": {"type": "llama3", "factor": 2, "low_freq_factor": 4,
                               "high_freq_factor": 4})"),
              HasSubstr("more than low_freq_factor"));
  EXPECT_THAT(llama_refusal(R"("rope_theta": 1e400)"), HasSubstr("rope_theta"));
}

TEST(ModelConfig, qwen_windows_need_their_switch_and_begin_at_max_window_layers) {
  const std::string sizes = R"("num_hidden_layers": 4, "sliding_window": 64, "max_window_layers": 3)";

  EXPECT_THAT(load(with("Qwen2ForCausalLM", sizes)).sliding_window, Each(0));
  EXPECT_THAT(load(with("Qwen3ForCausalLM", sizes + R"(, "use_sliding_window": true)")).sliding_window,
              ElementsAre(0, 0, 0, 64));
}

TEST(ModelConfig, layer_types_say_which_qwen_layers_have_a_window) {
  const std::string types = R"("num_hidden_layers": 2, "sliding_window": 64,
      "layer_types": ["sliding_attention", "full_attention"])";

  EXPECT_THAT(load(with("Qwen2ForCausalLM", types + R"(, "use_sliding_window": true)")).sliding_window,
              ElementsAre(64, 0));
  EXPECT_THAT(refusal(with("Qwen2ForCausalLM", types)), HasSubstr("layer_types"));
  EXPECT_THAT(
      refusal(with("Qwen2ForCausalLM", R"("num_hidden_layers": 2, "layer_types": ["full_attention"])")),
      HasSubstr("list of 2 names"));
  EXPECT_THAT(refusal(with("Qwen2ForCausalLM", R"("num_hidden_layers": 1,
                  "layer_types": ["full_attention", "full_attention"])")),
              HasSubstr("list of 1 names"));
}

TEST(ModelConfig, mistral_window_null_means_full_attention) {
  EXPECT_THAT(load(with("MistralForCausalLM", R"("sliding_window": null)")).sliding_window, Each(0));
}

TEST(ModelConfig, a_window_where_the_family_has_none_is_refused) {
  EXPECT_THAT(llama_refusal(R"("sliding_window": 128)"), HasSubstr("sliding_window"));
}

TEST(ModelConfig, dtype_has_two_names) {
  EXPECT_EQ(llama(R"("torch_dtype": "bfloat16")").dtype, DType::BF16);
  EXPECT_EQ(llama(R"("dtype": "float16")").dtype, DType::F16);
  EXPECT_EQ(llama("").dtype, DType::F32);
  EXPECT_THAT(llama_refusal(R"("dtype": "float16", "torch_dtype": "float32")"), HasSubstr("contradicts"));
  EXPECT_THAT(llama_refusal(R"("dtype": "int64")"), HasSubstr("dtype"));
}

TEST(ModelConfig, eos_is_a_number_a_list_or_null) {
  EXPECT_THAT(llama(R"("eos_token_id": [128001, 128009])").eos_token_ids, ElementsAre(128001, 128009));
  EXPECT_TRUE(llama(R"("eos_token_id": null, "pad_token_id": -1)").eos_token_ids.empty());
  EXPECT_THAT(llama_refusal(R"("eos_token_id": ["a"])"), HasSubstr("eos_token_id"));
}

TEST(ModelConfig, what_changes_the_mathematics_and_is_not_done_is_refused) {
  for (const std::string member :
       {R"("attention_dropout": 0.1)", R"("resid_pdrop": 0.1)", R"("hidden_dropout": 1)",
        R"("hidden_act": "gelu")", R"("quantization_config": {"bits": 4})", R"("pretraining_tp": 2)",
        R"("rope_interleaved": true)", R"("clip_qkv": 8)"})
    EXPECT_THAT(llama_refusal(member), HasSubstr(member.substr(1, member.find('"', 1) - 1))) << member;
}

TEST(ModelConfig, all_problems_come_in_one_message_with_their_lines) {
  const std::string message = llama_refusal(
      "\"hidden_act\": \"relu\",\n\"attention_dropout\": 0.5,\n"
      "\"vocab_size\": \"many\",\n\"num_key_value_heads\": 5");

  EXPECT_THAT(message, AllOf(HasSubstr("hidden_act (line 2)"), HasSubstr("attention_dropout (line 3)"),
                             HasSubstr("vocab_size (line 4): expected a whole number"),
                             HasSubstr("num_key_value_heads (line 5)")));
}

TEST(ModelConfig, sizes_out_of_range_are_refused) {
  for (const std::string member :
       {R"("vocab_size": 0)", R"("hidden_size": -8)", R"("num_hidden_layers": 1e9)",
        R"("num_attention_heads": 99999999999999999999)", R"("head_dim": 63)", R"("rms_norm_eps": 0)"})
    EXPECT_THAT(llama_refusal(member), Not(HasSubstr("accepted"))) << member;
}

TEST(ModelConfig, unknown_architectures_are_refused_with_the_known_ones) {
  EXPECT_THAT(refusal(with("GPT2LMHeadModel", "")),
              AllOf(HasSubstr("GPT2LMHeadModel"), HasSubstr("Qwen3ForCausalLM")));
  EXPECT_THAT(refusal("{}"), HasSubstr("supported"));
  EXPECT_THAT(refusal(with("LlamaForCausalLM", R"("model_type": "qwen2")")), HasSubstr("model_type"));
  EXPECT_THAT(refusal(R"({"architectures": [1]})"), HasSubstr("architectures"));
}

TEST(ModelConfig, files_that_are_no_configuration_are_refused) {
  EXPECT_THAT(refusal("{\n\"a\": }"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refusal(R"({"vocab_size": 1, "vocab_size": 2})"), HasSubstr("again in line 1"));
  EXPECT_THROW(load_model_config("/nonexistent/config.json"), ModelError);
}

TEST(ModelConfig, reads_real_models) {
  FS_NEEDS_SHARED_ASSETS();

  const auto c = load_model_config(test::shared_assets() / "models/tinystories-656k/config.json");

  EXPECT_EQ(c.hidden_size, 128);
  EXPECT_EQ(c.num_kv_heads, 4);
  EXPECT_EQ(c.head_dim, 16);
  EXPECT_TRUE(c.tied);
}

}  // namespace
}  // namespace fullshard::config
