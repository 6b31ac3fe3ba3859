#include "fullshard/model/attention.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/model/gemm.hpp"
#include "fullshard/model/ops.hpp"
#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "model/aten/attention.hpp"
#include "model/typed.hpp"

namespace fullshard::model {

namespace {

using at::Tensor;
using kernels::Acc;
using kernels::Range;
using kernels::RowLayout;

constexpr int64_t kQueryBlock = 128;

// One sequence's heads: strided views [T, dh], no copies.
class Heads {
 public:
  Heads(const AttentionShape& shape, const Segments& segments, int64_t sequence)
      : shape_(shape), first_(segments.first(sequence)), length_(segments.length(sequence)) {}
  Tensor query(const Tensor& qkv, int64_t h) const {
    return qkv.narrow(0, first_, length_).narrow(1, h * shape_.head_dim, shape_.head_dim);
  }
  Tensor key(const Tensor& qkv, int64_t k) const { return query(qkv, shape_.num_heads + k); }
  Tensor value(const Tensor& qkv, int64_t k) const {
    return query(qkv, shape_.num_heads + shape_.num_kv_heads + k);
  }

 private:
  const AttentionShape& shape_;
  int64_t first_, length_;
};

// Queries [first, first + count) and the keys that any of them sees.
struct Block {
  int64_t first, count, key_first, key_count;
  std::vector<int32_t> low, high;  // visible keys of each query, counted from key_first
};

int64_t oldest_seen(const AttentionShape& s, int64_t t) {
  return s.window > 0 ? std::max<int64_t>(0, t + 1 - s.window) : 0;
}

// The queries are the last `newest` of `length` tokens.
std::vector<Block> causal_blocks(const AttentionShape& s, int64_t length, int64_t newest) {
  std::vector<Block> blocks;
  const int64_t before = length - newest;
  const auto oldest = [&](int64_t t) { return oldest_seen(s, t); };
  for (int64_t first = 0; first < newest; first += kQueryBlock) {
    const int64_t count = std::min(kQueryBlock, newest - first), t0 = before + first;
    Block b{first, count, oldest(t0), t0 + count - oldest(t0), {}, {}};
    for (int64_t t = t0; t < t0 + count; ++t) {
      b.low.push_back(static_cast<int32_t>(oldest(t) - b.key_first));
      b.high.push_back(static_cast<int32_t>(t + 1 - b.key_first));
    }
    blocks.push_back(std::move(b));
  }
  return blocks;
}

// The query heads that share a key head as the rows of one block, where there is one token: fewer and larger
// products.
std::vector<Block> block_of_heads(const AttentionShape& s, int64_t length, int64_t group) {
  const int64_t first = oldest_seen(s, length - 1), seen = length - first;
  const auto rows = static_cast<size_t>(group);
  return {Block{0, group, first, seen, std::vector<int32_t>(rows, 0),
                std::vector<int32_t>(rows, static_cast<int32_t>(seen))}};
}

// The blocks of each sequence; those of one length are alike.
class BlocksOf {
 public:
  BlocksOf(const AttentionShape& s, const Segments& segments) : segments_(segments) {
    for (int64_t i = 0; i < segments.count(); ++i)
      if (const int64_t length = segments.length(i); !by_length_.contains(length))
        by_length_.emplace(length, causal_blocks(s, length, length));
  }
  const std::vector<Block>& operator[](int64_t sequence) const {
    return by_length_.at(segments_.length(sequence));
  }

 private:
  const Segments& segments_;
  std::map<int64_t, std::vector<Block>> by_length_;
};

// Buffers of one thread, large enough for any block of so many keys: scores in acc, probabilities in the
// compute type.
struct Scratch {
  Scratch(const Tensor& like, const AttentionShape& s, int64_t most_keys, int64_t rows = kQueryBlock)
      : acc(at::empty({2, rows * most_keys}, like.options().dtype(acc_type(like.scalar_type())))),
        low(at::empty({2, rows * most_keys}, like.options())),
        out(at::empty({rows * s.head_dim}, acc.options())) {}
  Tensor scores(const Block& b) const { return matrix(acc[0], b); }
  Tensor dprobabilities(const Block& b) const { return matrix(acc[1], b); }
  Tensor probabilities(const Block& b) const { return matrix(low[0], b); }
  Tensor dscores(const Block& b) const { return matrix(low[1], b); }
  Tensor result(int64_t rows, int64_t columns) const {
    return out.narrow(0, 0, rows * columns).view({rows, columns});
  }

  static Tensor matrix(const Tensor& memory, const Block& b) {
    return memory.narrow(0, 0, b.count * b.key_count).view({b.count, b.key_count});
  }
  Tensor acc, low, out;
};

void probabilities_of(const Tensor& q, const Tensor& k, const Block& b, const Scratch& scratch,
                      double scale) {
  const Tensor s = scratch.scores(b), p = scratch.probabilities(b);
  gemm_into(s, q.narrow(0, b.first, b.count), k.narrow(0, b.key_first, b.key_count).t(),
            Accumulate::Overwrite);
  with_type(p, [&]<class T>(const kernels::KernelsOf<T>& kernels) {
    kernels.softmax_of_acc({.columns = b.key_count,
                            .stride = b.key_count,
                            .scores = data<Acc<T>>(s),
                            .p = data<T>(p),
                            .low = b.low.data(),
                            .high = b.high.data(),
                            .scale = scale},
                           Range{0, b.count});
  });
}

// dst [rows, dh] = a·b, summed in acc and rounded once.
void product_into(const Tensor& dst, const Tensor& a, const Tensor& b, const Scratch& scratch) {
  if (dst.scalar_type() == scratch.out.scalar_type()) return gemm_into(dst, a, b, Accumulate::Overwrite);
  const Tensor sum = scratch.result(dst.size(0), dst.size(1));
  gemm_into(sum, a, b, Accumulate::Overwrite);
  dst.copy_(sum);
}

void attend(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
            const std::vector<Block>& blocks, const Scratch& scratch, double scale) {
  for (const Block& block : blocks) {
    probabilities_of(q, k, block, scratch, scale);
    product_into(out.narrow(0, block.first, block.count), scratch.probabilities(block),
                 v.narrow(0, block.key_first, block.key_count), scratch);
  }
}

void dscores_of(const Block& b, const Scratch& scratch, const Tensor& out, const Tensor& dout, double scale) {
  const Tensor p = scratch.probabilities(b), dp = scratch.dprobabilities(b), ds = scratch.dscores(b);
  with_type(p, [&]<class T>(const kernels::KernelsOf<T>& kernels) {
    std::vector<Acc<T>> delta(static_cast<size_t>(b.count));
    const Tensor o = out.narrow(0, b.first, b.count), d = dout.narrow(0, b.first, b.count);
    kernels.row_dot({.n = o.size(1),
                     .a = data<T>(d),
                     .a_layout = {1, d.stride(0), 0},
                     .b = data<T>(o),
                     .b_layout = {1, o.stride(0), 0},
                     .dot = delta.data()},
                    Range{0, b.count});
    kernels.softmax_backward_of_acc({.columns = b.key_count,
                                     .stride = b.key_count,
                                     .p = data<T>(p),
                                     .dp = data<Acc<T>>(dp),
                                     .ds = data<T>(ds),
                                     .low = b.low.data(),
                                     .high = b.high.data(),
                                     .scale = scale,
                                     .delta = delta.data()},
                                    Range{0, b.count});
  });
}

}  // namespace

Attended attention(const Tensor& qkv, const Segments& segments, const AttentionShape& s) {
  if (!tensor::has_host_kernels(qkv)) return aten::attention(qkv, segments, s);
  Tensor out = at::empty({segments.tokens(), s.num_heads * s.head_dim}, qkv.options());
  const BlocksOf blocks(s, segments);
  const double scale = 1 / std::sqrt(static_cast<double>(s.head_dim));
  const int64_t group = s.num_heads / s.num_kv_heads;
  tensor::parallel_for(segments.count() * s.num_heads, 1, [&](int64_t begin, int64_t end) {
    const Scratch scratch(qkv, s, segments.longest());
    for (int64_t i = begin; i < end; ++i) {
      const int64_t sequence = i / s.num_heads, h = i % s.num_heads;
      const Heads heads(s, segments, sequence);
      attend(heads.query(qkv, h), heads.key(qkv, h / group), heads.value(qkv, h / group), heads.query(out, h),
             blocks[sequence], scratch, scale);
    }
  });
  return {std::move(out), {}};
}

Tensor attention_of_newest(const Tensor& q, const Tensor& keys_values, const AttentionShape& s) {
  FS_CHECK(q.is_cpu() && keys_values.is_cpu(), "attention of the newest tokens on {}", q.device().str());
  const int64_t n = q.size(0), length = keys_values.size(0), dh = s.head_dim;
  const int64_t group = s.num_heads / s.num_kv_heads;
  const bool together = n == 1;
  const auto blocks = together ? block_of_heads(s, length, group) : causal_blocks(s, length, n);
  Tensor out = at::empty({n, s.num_heads * dh}, q.options());
  const auto rows_of = [&](const Tensor& x, int64_t i) {
    return together ? x.narrow(1, i * group * dh, group * dh).view({group, dh}) : x.narrow(1, i * dh, dh);
  };
  const double scale = 1 / std::sqrt(static_cast<double>(dh));
  tensor::parallel_for(together ? s.num_kv_heads : s.num_heads, 1, [&](int64_t begin, int64_t end) {
    const Scratch scratch(q, s, length, blocks[0].count);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t kv = together ? i : i / group;
      attend(rows_of(q, i), keys_values.narrow(1, kv * dh, dh),
             keys_values.narrow(1, (s.num_kv_heads + kv) * dh, dh), rows_of(out, i), blocks, scratch, scale);
    }
  });
  return out;
}

Tensor attention_backward(const Tensor& qkv, const Attended& attended, const Tensor& dout,
                          const Segments& segments, const AttentionShape& s) {
  if (!tensor::has_host_kernels(qkv)) return aten::attention_backward(qkv, attended, dout, segments, s);
  Tensor dqkv = at::empty_like(qkv);
  const BlocksOf blocks(s, segments);
  const double scale = 1 / std::sqrt(static_cast<double>(s.head_dim));
  const int64_t group = s.num_heads / s.num_kv_heads;
  // One key head with all its query heads at a time: their gradients meet in dk and dv, summed in acc in a
  // fixed order.
  tensor::parallel_for(segments.count() * s.num_kv_heads, 1, [&](int64_t begin, int64_t end) {
    const Scratch scratch(qkv, s, segments.longest());
    for (int64_t i = begin; i < end; ++i) {
      const int64_t sequence = i / s.num_kv_heads, kv = i % s.num_kv_heads;
      const Heads heads(s, segments, sequence);
      const Tensor k = heads.key(qkv, kv), v = heads.value(qkv, kv);
      const Tensor dk = at::zeros({k.size(0), s.head_dim}, scratch.acc.options()), dv = at::zeros_like(dk);
      for (int64_t h = kv * group; h < (kv + 1) * group; ++h) {
        const Tensor q = heads.query(qkv, h), o = heads.query(attended.out, h), d = heads.query(dout, h),
                     dq = heads.query(dqkv, h);
        for (const Block& block : blocks[sequence]) {
          const Tensor q_block = q.narrow(0, block.first, block.count),
                       d_block = d.narrow(0, block.first, block.count);
          const Tensor k_seen = k.narrow(0, block.key_first, block.key_count),
                       v_seen = v.narrow(0, block.key_first, block.key_count);
          const Tensor p = scratch.probabilities(block), ds = scratch.dscores(block);
          probabilities_of(q, k, block, scratch, scale);
          gemm_into(dv.narrow(0, block.key_first, block.key_count), p.t(), d_block, Accumulate::Add);
          gemm_into(scratch.dprobabilities(block), d_block, v_seen.t(), Accumulate::Overwrite);
          dscores_of(block, scratch, o, d, scale);
          product_into(dq.narrow(0, block.first, block.count), ds, k_seen, scratch);
          gemm_into(dk.narrow(0, block.key_first, block.key_count), ds.t(), q_block, Accumulate::Add);
        }
      }
      heads.key(dqkv, kv).copy_(dk);
      heads.value(dqkv, kv).copy_(dv);
    }
  });
  return dqkv;
}

}  // namespace fullshard::model
