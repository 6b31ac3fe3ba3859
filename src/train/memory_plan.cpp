#include "fullshard/train/memory_plan.hpp"

#include <charconv>
#include <fstream>
#include <string>

#include "fullshard/device/gpus.hpp"
#include "fullshard/model/head.hpp"

namespace fullshard::train {

namespace {

// Elements of one token, in acc (the residual stream, statistics of rows) and as the GEMMs read them.
struct PerToken {
  int64_t acc, compute;
  Bytes size(const ActivationShape& s) const {
    return bytes({acc * s.tokens}, shard::master_dtype_of(s.compute)) +
           bytes({compute * s.tokens}, s.compute);
  }
};

struct Widths {
  explicit Widths(const config::ModelConfig& c)
      : hidden(c.hidden_size),
        inner(c.intermediate_size),
        query(c.num_heads * c.head_dim),
        qkv(query + 2 * c.num_kv_heads * c.head_dim) {}
  int64_t hidden, inner, query, qkv;
};

// BlockSaved, without the block's input.
PerToken saved_per_token(const config::ModelConfig& c, const ActivationShape& s) {
  const Widths w(c);
  const int64_t heads = c.num_heads, all_heads = heads + c.num_kv_heads;
  return {w.hidden + 2 + (s.keeps_logsumexp ? heads : 0) + (c.qk_norm ? all_heads : 0),
          w.qkv + w.query + 2 * w.inner + (c.qk_norm ? all_heads * c.head_dim : 0)};
}

// What a block's backward holds at its end besides what was saved: dy and dmiddle; in the MLP's half
// silu(g)·u and two inputs of norms, in the attention's, when gate and up are gone, dout and dqkv instead of
// the first. Under bf16 dy is there in bf16, too.
PerToken passing_backward(const config::ModelConfig& c, const ActivationShape& s) {
  const Widths w(c);
  const int64_t rounded = s.compute == shard::master_dtype_of(s.compute) ? 0 : w.hidden;
  return {2 * w.hidden, 2 * w.hidden + rounded + std::max(w.inner, w.query + w.qkv - 2 * w.inner)};
}

// The chunk of logits, its gradient where that is of another type; x, dx, h, dh.
Bytes in_head(const config::ModelConfig& c, const ActivationShape& s) {
  const DType acc = shard::master_dtype_of(s.compute);
  const Elems logits{std::min(s.tokens, model::head_chunk(c.vocab_size)) * c.vocab_size};
  return bytes(logits, acc) + (s.compute == acc ? Bytes{} : bytes(logits, s.compute)) +
         PerToken{2 * c.hidden_size + 1, 2 * c.hidden_size}.size(s);
}

// Only sums over several nodes take memory of their own, and only on the host: NCCL has its own.
Bytes messages(const Engine& e, const config::RunConfig& run) {
  if (!e.device.is_host() || e.mesh.nodes() == 1) return {};
  Elems largest;
  for (size_t i = 0; i < e.spec.units.size(); ++i)
    largest = std::max(largest, e.store.slice(UnitIndex(static_cast<int>(i)), shard::Level::World).count);
  return comm::message_memory({largest, e.store.master_dtype()}, e.mesh.nodes(),
                              transfers(run.sharding, e.device));
}

// On the host the ranks of a node see one slot.
Bytes gathered_units(const Engine& e) {
  return {e.ring.size().value / (e.device.is_host() ? e.mesh.local_size() : 1)};
}

// A line like "VmHWM:   123 kB".
Bytes from_proc(const char* file, std::string_view name) {
  std::ifstream status(file);
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) {
      const size_t digit = line.find_first_of("0123456789");
      int64_t kib = 0;
      std::from_chars(line.data() + digit, line.data() + line.size(), kib);
      return {kib * 1024};
    }
  return {};
}

}  // namespace

std::vector<report::NamedBytes> memory_plan(const Engine& e, const config::RunConfig& run,
                                            const BatchShape& batch) {
  const auto usage = e.store.usage();
  const bool flash = !e.device.is_host() && e.store.compute_dtype() == DType::BF16;
  return {{"weights that compute", usage.working},
          {"master weights", usage.master},
          {"moments", usage.moments},
          {"gradients", usage.gradients},
          {"gathered units", gathered_units(e)},
          {"gradients under way", e.gradients.size(batch.micro_batches)},
          {"messages under way", messages(e, run)},
          {"activations", activation_memory(e.spec.config, {.compute = e.store.compute_dtype(),
                                                            .recompute = run.recompute,
                                                            .tokens = batch.rows * batch.length,
                                                            .keeps_logsumexp = flash})}};
}

// All that is kept is there in the head and in the backward of the last block. Recomputing, a block keeps its
// input alone, and the last one's forward comes after the head.
Bytes activation_memory(const config::ModelConfig& c, const ActivationShape& s) {
  const PerToken inputs{c.hidden_size * c.num_layers, 0}, saved = saved_per_token(c, s);
  const Bytes head = in_head(c, s), backward = passing_backward(c, s).size(s);
  if (s.recompute == config::Recompute::Full)
    return inputs.size(s) + std::max(head, saved.size(s) + backward);
  return inputs.size(s) + saved.size(s) * c.num_layers + std::max(head, backward);
}

Bytes available_memory() {
  return from_proc("/proc/meminfo", "MemAvailable:");
}

Bytes taken_memory(DeviceId device) {
  if (device.is_host()) return {};
  const device::GpuMemory memory = device::memory_of(device);
  return memory.total - memory.free;
}

Bytes peak_resident() {
  return from_proc("/proc/self/status", "VmHWM:");
}

}  // namespace fullshard::train
