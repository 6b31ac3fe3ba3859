#include "config/run_keys.hpp"

namespace fullshard::config {
namespace {

JsonValue string_value(std::string text) {
  JsonValue v;
  v.kind = JsonValue::Kind::String;
  v.text = std::move(text);
  return v;
}

std::optional<JsonValue> as_is(const JsonValue& v) {
  return v;
}

template <bool kWhenTrue>
std::optional<JsonValue> recompute_from(const JsonValue& v) {
  if (v.kind != JsonValue::Kind::Bool) return {};
  return string_value(v.truth == kWhenTrue ? "full" : "none");
}

std::optional<JsonValue> precision_from_bf16(const JsonValue& v) {
  if (v.kind != JsonValue::Kind::Bool) return {};
  return string_value(v.truth ? "bf16" : "fp32");
}

/// A ratio only: 5 here is a mistake, not five steps.
std::optional<JsonValue> warmup_from_ratio(const JsonValue& v) {
  if (!v.is_number() || v.real < 0 || v.real >= 1) return {};
  return v;
}

}  // namespace

std::vector<Alias> run_aliases() {
  return {
      {"bf16", "precision", "true or false", "true: `bf16`, false: `fp32`.", precision_from_bf16},
      {"gradient_checkpointing", "recompute", "true or false", "true: `full`, false: `none`.",
       recompute_from<true>},
      {"activation_checkpointing", "recompute", "true or false", "true: `full`, false: `none`.",
       recompute_from<true>},
      {"disable_gradient_checkpointing", "recompute", "true or false", "true: `none`, false: `full`.",
       recompute_from<false>},
      {"warmup_ratio", "warmup_steps", "a number from 0 to below 1",
       "Share of all updates, as before transformers 5.", warmup_from_ratio},
      {"evaluation_strategy", "eval_strategy", "that of `eval_strategy`", "Old name.", as_is},
  };
}

std::vector<PassiveKey> passive_keys() {
  constexpr auto kNoEffect = PassiveKey::Rule::NoEffect;
  constexpr auto kRefused = PassiveKey::Rule::RefusedUnless;
  return {
      // What is always so.
      {"finetuning_type", kRefused, R"(["full"])",
       "only full fine-tuning is done: all parameters are trained"},
      {"optim", kRefused, R"(["adamw_torch", "adamw_torch_fused"])", "the optimizer is AdamW"},
      {"do_train", kRefused, "[true]", "`fullshard evaluate` takes the same file and does not train"},
      {"report_to", kRefused, R"(["none", "all", "tensorboard", [], ["none"], ["all"], ["tensorboard"]])",
       "TensorBoard files and an HTML report are always written, other services are not served"},
      {"logging_strategy", kRefused, R"(["steps"])", "logging goes by `logging_steps`"},
      {"average_tokens_across_devices", kRefused, "[true]",
       "the loss is always weighted by tokens over all ranks"},
      {"save_safetensors", kRefused, "[true]", "models are written as safetensors"},
      {"train_sampling_strategy", kRefused, R"(["random"])", "use `disable_shuffling` for the files' order"},
      {"metric_for_best_model", kRefused, R"(["loss", "eval_loss"])",
       "the best checkpoint goes by validation loss"},
      {"ignore_pad_token_for_loss", kRefused, "[true]", "padding never trains"},
      // What is not done, or not yet.
      {"fp16", kRefused, "[]", "fp16 is not in this version; use bf16 or fp32"},
      {"pure_bf16", kRefused, "[]", "bf16 training keeps fp32 master weights in this version"},
      {"load_best_model_at_end", kRefused, "[]",
       "the end of training is exported; the best checkpoint is named in its log and `fullshard consolidate` "
       "exports it"},
      {"greater_is_better", kRefused, "[]", "the best checkpoint has the least validation loss"},
      {"streaming", kRefused, "[]", "streaming is not in this version"},
      {"group_by_length", kRefused, "[]", "rows are not grouped by length"},
      {"logging_first_step", kRefused, "[]", "logging goes by `logging_steps`; set it to 1"},
      {"eval_on_start", kRefused, "[]", "run `fullshard evaluate` before training"},
      {"eval_delay", kRefused, "[0]", "not in this version"},
      {"early_stopping_steps", kRefused, "[0]", "early stopping is not in this version"},
      {"save_only_model", kRefused, "[]", "checkpoints can always be resumed from"},
      {"predict_with_generate", kRefused, "[]", "validation takes the loss; `fullshard generate` generates"},
      {"do_predict", kRefused, "[]", "`fullshard generate` generates"},
      {"label_smoothing_factor", kRefused, "[0]", "the loss is plain cross-entropy"},
      {"neftune_noise_alpha", kRefused, "[0]", "noise on embeddings is not in this version"},
      {"dataloader_drop_last", kRefused, "[]",
       "no row is dropped: the last batch of an epoch may be smaller"},
      {"auto_find_batch_size", kRefused, "[]", "the batch is what the file says"},
      {"full_determinism", kRefused, "[]", "`sharding.reduction: ordered` gives the same bits on any ranks"},
      {"optim_args", kRefused, R"([""])", "AdamW's settings are `adam_beta1`, `adam_beta2`, `adam_epsilon`"},
      {"bf16_full_eval", kRefused, "[]", "validation runs in `precision`"},
      {"fp16_full_eval", kRefused, "[]", "validation runs in `precision`"},
      {"deepspeed", kRefused, "[]", "use `sharding.strategy`, which takes the stage as a number"},
      {"fsdp", kRefused, R"(["", []])", "use `sharding.strategy`, which takes FSDP's names"},
      {"fsdp_config", kRefused, "[]", "use `sharding`"},
      {"quantization_bit", kRefused, "[]", "quantized weights cannot be trained in full"},
      {"rope_scaling", kRefused, "[]", "RoPE is that of config.json"},
      {"resize_vocab", kRefused, "[]", "new tokens are not in this version"},
      {"push_to_hub", kRefused, "[]", "a run needs no network; upload `output_dir` afterwards"},
      {"ignore_data_skip", kRefused, "[]", "a resumed run goes on where it stopped in the data"},
      // What is harmless.
      {"do_eval", kNoEffect, "", "validation follows `eval_dataset` and `val_size`"},
      {"plot_loss", kNoEffect, "", "the report always has the plots"},
      {"overwrite_cache", kNoEffect, "", "token stores go by content"},
      {"preprocessing_batch_size", kNoEffect, "", "ranks share the work"},
      {"dataloader_num_workers", kNoEffect, "", "no worker processes"},
      {"dataloader_pin_memory", kNoEffect, "", "no worker processes"},
      {"dataloader_persistent_workers", kNoEffect, "", "no worker processes"},
      {"dataloader_prefetch_factor", kNoEffect, "", "no worker processes"},
      {"remove_unused_columns", kNoEffect, "", "columns that are not named are not read"},
      {"trust_remote_code", kNoEffect, "", "no code is loaded from a model"},
      {"use_fast_tokenizer", kNoEffect, "", "tokenizer.json is read"},
      {"flash_attn", kNoEffect, "", "attention is chosen by the program"},
      {"enable_liger_kernel", kNoEffect, "", "the head never holds all logits"},
      {"use_liger_kernel", kNoEffect, "", "the head never holds all logits"},
      {"torch_compile", kNoEffect, "", "the program is compiled already"},
      {"torch_empty_cache_steps", kNoEffect, "", "buffers are reused"},
      {"low_cpu_mem_usage", kNoEffect, "", "each rank reads its slices"},
      {"use_cache", kNoEffect, "", "training needs no cache"},
      {"gradient_checkpointing_kwargs", kNoEffect, "", "nothing to choose"},
      {"ddp_timeout", kNoEffect, "", "MPI has no time-out of its own"},
      {"ddp_find_unused_parameters", kNoEffect, "", "every parameter is used"},
      {"ddp_bucket_cap_mb", kNoEffect, "", "gradients travel by unit"},
      {"ddp_broadcast_buffers", kNoEffect, "", "there are no buffers"},
      {"ddp_backend", kNoEffect, "", "ranks talk over MPI"},
      {"local_rank", kNoEffect, "", "MPI knows it"},
      {"tf32", kNoEffect, "", "matrix products of fp32 keep their precision"},
      {"disable_tqdm", kNoEffect, "", "the progress bar shows on a terminal only"},
      {"log_level", kNoEffect, "", "there is one log"},
      {"log_level_replica", kNoEffect, "", "there is one log"},
      {"log_on_each_node", kNoEffect, "", "rank 0 logs"},
      {"logging_dir", kNoEffect, "", "logs lie in `output_dir`"},
      {"logging_nan_inf_filter", kNoEffect, "", "a loss that is not finite ends the run"},
      {"run_name", kNoEffect, "", "only tracking services use it"},
      {"project", kNoEffect, "", "only tracking services use it"},
      {"include_num_input_tokens_seen", kNoEffect, "", "tokens are always counted"},
      {"include_tokens_per_second", kNoEffect, "", "tokens are always counted"},
      {"prediction_loss_only", kNoEffect, "", "validation takes the loss alone"},
      {"eval_accumulation_steps", kNoEffect, "", "no logits are kept"},
      {"save_on_each_node", kNoEffect, "", "a checkpoint is written once"},
      {"skip_memory_metrics", kNoEffect, "", "memory is always shown"},
  };
}

}  // namespace fullshard::config
