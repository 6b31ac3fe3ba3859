// Source of every formula here: transformers, modeling_rope_utils.py (one function per rope type).

#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <numbers>

#include "fullshard/core/check.hpp"
#include "fullshard/model/sequences.hpp"

namespace fullshard::model {

namespace {

using at::Tensor;
using config::ModelConfig;
using config::RopeConfig;
using config::RopeKind;

int64_t original_positions(const ModelConfig& c) {
  return c.rope.original_max_positions > 0 ? c.rope.original_max_positions : c.max_position_embeddings;
}

// 1 / theta^(2i/dh), i < dh/2
Tensor inverse_frequencies(double theta, int64_t head_dim, at::ScalarType type) {
  const Tensor exponent = at::arange(0, head_dim, 2, type).div(head_dim);
  return at::pow(at::Scalar(theta), exponent).reciprocal();
}

double dynamic_theta(const ModelConfig& c, int64_t length) {
  const auto original = static_cast<double>(c.max_position_embeddings), dh = static_cast<double>(c.head_dim);
  const double n = std::max(static_cast<double>(length), original);
  return c.rope.theta * std::pow(c.rope.factor * n / original - (c.rope.factor - 1), dh / (dh - 2));
}

// Llama 3.1: low frequencies are stretched by `factor`, high ones kept, those between blended.
Tensor llama3_frequencies(const ModelConfig& c, const Tensor& inv) {
  const RopeConfig& r = c.rope;
  const auto old_length = static_cast<double>(original_positions(c));
  const Tensor wavelength = inv.reciprocal().mul(2 * std::numbers::pi);
  const Tensor stretched = at::where(wavelength.gt(old_length / r.low_freq_factor), inv.div(r.factor), inv);
  const Tensor smooth = wavelength.reciprocal()
                            .mul(old_length)
                            .sub(r.low_freq_factor)
                            .div(r.high_freq_factor - r.low_freq_factor);
  const Tensor blended = smooth.neg().add(1).mul(stretched).div(r.factor).add(smooth.mul(stretched));
  const Tensor is_medium = wavelength.ge(old_length / r.high_freq_factor)
                               .logical_and(wavelength.le(old_length / r.low_freq_factor));
  return at::where(is_medium, blended, stretched);
}

// YaRN, Peng et al., arXiv:2309.00071, section 3.2.
Tensor yarn_frequencies(const ModelConfig& c, const Tensor& inv, at::ScalarType type) {
  const RopeConfig& r = c.rope;
  const auto dh = static_cast<double>(c.head_dim), positions = static_cast<double>(original_positions(c));
  auto dimension = [&](double rotations) {
    return dh * std::log(positions / (rotations * 2 * std::numbers::pi)) / (2 * std::log(r.theta));
  };
  double low = dimension(r.beta_fast), high = dimension(r.beta_slow);
  if (r.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dh - 1);
  if (low == high) high += 0.001;
  const Tensor ramp = at::arange(c.head_dim / 2, type).sub(low).div(high - low).clamp(0, 1);
  const Tensor keep = ramp.neg().add(1);
  return inv.div(r.factor).mul(keep.neg().add(1)).add(inv.mul(keep));
}

double yarn_attention_factor(const RopeConfig& r) {
  if (r.attention_factor) return *r.attention_factor;
  auto scale = [&](double mscale) { return r.factor <= 1 ? 1.0 : 0.1 * mscale * std::log(r.factor) + 1; };
  if (r.mscale && r.mscale_all_dim && *r.mscale != 0 && *r.mscale_all_dim != 0)
    return scale(*r.mscale) / scale(*r.mscale_all_dim);
  return scale(1);
}

}  // namespace

RopeTable make_rope_table(const ModelConfig& c, int64_t length, at::ScalarType type) {
  const double theta = c.rope.kind == RopeKind::Dynamic ? dynamic_theta(c, length) : c.rope.theta;
  Tensor inv = inverse_frequencies(theta, c.head_dim, type);
  double attention_factor = 1;
  switch (c.rope.kind) {
    case RopeKind::Default:
    case RopeKind::Dynamic:
      break;
    case RopeKind::Linear:
      inv = inv.div(c.rope.factor);
      break;
    case RopeKind::Llama3:
      inv = llama3_frequencies(c, inv);
      break;
    case RopeKind::Yarn:
      inv = yarn_frequencies(c, inv, type);
      attention_factor = yarn_attention_factor(c.rope);
      break;
  }
  const Tensor angle = at::outer(at::arange(length, type), inv);
  return {at::cos(angle).mul(attention_factor).contiguous(),
          at::sin(angle).mul(attention_factor).contiguous()};
}

TokenRotation rotation_of(RopeTable rope, int64_t first, int64_t count) {
  FS_CHECK(first >= 0 && first + count <= rope.cosine.size(0), "tokens {} to {} of a table of {}", first,
           first + count, rope.cosine.size(0));
  const auto options = rope.cosine.options().dtype(at::kInt);
  return {at::arange(first, first + count, options), std::move(rope)};
}

// Tables are made on the host whatever the device: a device's cosines may differ in the last bit.
Sequences::Sequences(const ModelConfig& config, Segments segments_, at::ScalarType compute_type)
    : segments(std::move(segments_)), rotation{segments.positions(), {}} {
  const at::ScalarType acc = compute_type == at::kDouble ? at::kDouble : at::kFloat;
  const RopeTable table = make_rope_table(config, segments.longest(), acc);
  const at::Device device = rotation.positions.device();
  rotation.rope = {table.cosine.to(device), table.sine.to(device)};
}

}  // namespace fullshard::model
