#include "config/rope_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/json_fields.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::config {
namespace {

constexpr double kLargest = 1e12;  // far beyond any published theta or factor
constexpr double kTiny = 1e-12;
constexpr int64_t kMostPositions = int64_t{1} << 31;

struct KindOfRope {
  RopeKind kind;
  std::string_view name;
  std::vector<std::string_view> required, optional;
};

// Keys of each type: transformers 5, modeling_rope_utils.py, the _validate_…_rope_parameters functions.
const std::array<KindOfRope, 5>& kinds() {
  static const std::array<KindOfRope, 5> all = {{
      {RopeKind::Default, "default", {}, {}},
      {RopeKind::Linear, "linear", {"factor"}, {}},
      {RopeKind::Dynamic, "dynamic", {"factor"}, {"original_max_position_embeddings"}},
      {RopeKind::Yarn,
       "yarn",
       {},
       {"factor", "original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow", "mscale",
        "mscale_all_dim", "truncate"}},
      {RopeKind::Llama3,
       "llama3",
       {"factor", "low_freq_factor", "high_freq_factor"},
       {"original_max_position_embeddings"}},
  }};
  return all;
}

const KindOfRope* kind_named(std::string_view name) {
  for (const KindOfRope& k : kinds())
    if (k.name == name) return &k;
  return nullptr;
}

const KindOfRope* read_kind(const JsonFields& fields) {
  const auto modern = fields.string("rope_type"), old = fields.string("type");
  const std::string name = modern ? *modern : old.value_or("default");
  if (modern && old && *modern != *old)
    fields.problem("rope_type", fmt::format("rope_type {} and type {} contradict; remove type",
                                            json_excerpt(*modern), json_excerpt(*old)));
  const KindOfRope* kind = kind_named(name);
  if (!kind)
    fields.problem(modern ? "rope_type" : "type",
                   fmt::format("rope type {} is not supported; supported: default, linear, dynamic, yarn, "
                               "llama3",
                               json_excerpt(name)));
  return kind;
}

void check_keys(const JsonValue& object, const KindOfRope& kind, const JsonFields& fields) {
  const auto has = [](const std::vector<std::string_view>& list, std::string_view key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  const std::vector<std::string_view> always = {"rope_type", "type", "rope_theta", "partial_rotary_factor"};
  for (const JsonValue& member : object.items)
    if (!member.is_null() && !has(always, member.name) && !has(kind.required, member.name) &&
        !has(kind.optional, member.name))
      fields.problem(member.name, fmt::format("rope type {} has no such setting{}; remove it", kind.name,
                                              member.kind == JsonValue::Kind::Object
                                                  ? " (one RoPE per layer type is not supported)"
                                                  : ""));
  for (std::string_view key : kind.required)
    if (!fields.given(key)) fields.problem(key, fmt::format("rope type {} needs it", kind.name));
}

void check_partial_rotation(const JsonFields& fields) {
  const auto factor = fields.real("partial_rotary_factor", {0, 1});
  if (factor && *factor != 1)
    fields.problem("partial_rotary_factor", "partial rotation is not supported; expected 1");
}

/// llama3 and yarn take a key beside `rope_parameters` first (transformers 5, standardize_rope_params);
/// dynamic always uses max_position_embeddings.
int64_t original_positions(const JsonFields& top, const JsonFields& fields, const RopeConfig& rope,
                           int64_t max_positions) {
  if (rope.kind == RopeKind::Default || rope.kind == RopeKind::Linear) return 0;
  constexpr std::string_view kKey = "original_max_position_embeddings";
  const auto inner = fields.integer(kKey, {1, kMostPositions});
  if (rope.kind == RopeKind::Dynamic) {
    if (inner && *inner != max_positions)
      fields.problem(kKey,
                     fmt::format("dynamic scaling starts at max_position_embeddings, {}; {} contradicts "
                                 "it, remove the key",
                                 max_positions, *inner));
    return max_positions;
  }
  const auto outer = top.integer(kKey, {1, kMostPositions});
  return outer ? *outer : inner.value_or(max_positions);
}

void read_yarn(const JsonFields& fields, RopeConfig& rope) {
  rope.attention_factor = fields.real("attention_factor", {0, kLargest});
  // Zero means "not given" there as well.
  rope.beta_fast = fields.real("beta_fast", {0, kLargest}).value_or(0);
  rope.beta_slow = fields.real("beta_slow", {0, kLargest}).value_or(0);
  if (rope.beta_fast == 0) rope.beta_fast = 32;
  if (rope.beta_slow == 0) rope.beta_slow = 1;
  rope.mscale = fields.real("mscale", {0, kLargest});
  rope.mscale_all_dim = fields.real("mscale_all_dim", {0, kLargest});
  rope.truncate = fields.truth("truncate").value_or(true);
  if (rope.beta_fast < rope.beta_slow)
    fields.problem("beta_fast", fmt::format("expected at least beta_slow, {:g}, found {:g}", rope.beta_slow,
                                            rope.beta_fast));
}

void read_llama3(const JsonFields& fields, RopeConfig& rope) {
  rope.low_freq_factor = fields.real("low_freq_factor", {kTiny, kLargest}).value_or(rope.low_freq_factor);
  rope.high_freq_factor = fields.real("high_freq_factor", {kTiny, kLargest}).value_or(rope.high_freq_factor);
  if (rope.high_freq_factor <= rope.low_freq_factor)
    fields.problem("high_freq_factor", fmt::format("expected more than low_freq_factor, {:g}, found {:g}",
                                                   rope.low_freq_factor, rope.high_freq_factor));
}

/// The object that holds the parameters, or null; both spellings at once must agree.
const JsonValue* parameters_of(const JsonFields& top, std::string_view& spelling) {
  const JsonValue* modern = top.given("rope_parameters");
  const JsonValue* old = top.given("rope_scaling");
  for (const JsonValue* v : {modern, old})
    if (v && v->kind != JsonValue::Kind::Object) top.expected(v->name, "an object or null");
  if (modern && old && !same_value(*modern, *old))
    top.problem("rope_scaling", "contradicts rope_parameters; keep one of them");
  spelling = modern ? "rope_parameters" : "rope_scaling";
  const JsonValue* chosen = modern ? modern : old;
  return chosen && chosen->kind == JsonValue::Kind::Object ? chosen : nullptr;
}

}  // namespace

RopeConfig read_rope(const JsonValue& root, int64_t max_position_embeddings,
                     std::vector<std::string>& problems) {
  const JsonFields top(root, "", problems);
  RopeConfig rope;
  rope.theta = top.real("rope_theta", {kTiny, kLargest}).value_or(rope.theta);
  check_partial_rotation(top);

  std::string_view spelling;
  const JsonValue* object = parameters_of(top, spelling);
  if (!object) return rope;
  const JsonFields fields(*object, std::string(spelling) + ".", problems);
  const KindOfRope* kind = read_kind(fields);
  if (!kind) return rope;
  check_keys(*object, *kind, fields);
  check_partial_rotation(fields);

  rope.kind = kind->kind;
  rope.theta = fields.real("rope_theta", {kTiny, kLargest}).value_or(rope.theta);
  rope.original_max_positions = original_positions(top, fields, rope, max_position_embeddings);
  if (rope.kind != RopeKind::Default) {
    const auto factor = fields.real("factor", {1, kLargest});
    // Without a factor yarn takes the ratio of the context lengths (transformers, as DeepSeek-V3 spells it).
    const double implied = rope.kind == RopeKind::Yarn ? static_cast<double>(max_position_embeddings) /
                                                             static_cast<double>(rope.original_max_positions)
                                                       : 1;
    rope.factor = factor.value_or(implied);
  }
  if (rope.kind == RopeKind::Yarn) read_yarn(fields, rope);
  if (rope.kind == RopeKind::Llama3) read_llama3(fields, rope);
  return rope;
}

}  // namespace fullshard::config
