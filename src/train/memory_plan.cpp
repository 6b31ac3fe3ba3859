#include "fullshard/train/memory_plan.hpp"

#include <charconv>
#include <fstream>
#include <string>

#include "fullshard/device/gpus.hpp"
#include "fullshard/model/head.hpp"

namespace fullshard::train {

namespace {

// What a block keeps of one token (BlockSaved): the residual stream in acc, the rest as the GEMMs read it
// (docs/numerics.md, "Memory").
struct Saved {
  int64_t acc, compute;
};

Saved saved_elems_per_token(const config::ModelConfig& c) {
  const int64_t q = c.num_heads * c.head_dim, kv = c.num_kv_heads * c.head_dim;
  return {2 * c.hidden_size, (q + 2 * kv) + q + 2 * c.intermediate_size + (c.qk_norm ? q + kv : 0)};
}

Bytes activations(const Engine& e, const config::RunConfig& run, int64_t tokens) {
  const config::ModelConfig& c = e.spec.config;
  const Saved block = saved_elems_per_token(c);
  const bool full = run.recompute == config::Recompute::Full;
  const Saved kept{full ? c.hidden_size * c.num_layers + block.acc : block.acc * c.num_layers,
                   full ? block.compute : block.compute * c.num_layers};
  // Inputs and outputs of the norms and GEMMs under way.
  const Saved passing{2 * c.hidden_size, 2 * c.hidden_size + 2 * c.intermediate_size};
  const int64_t logits = std::min(tokens, model::head_chunk(c.vocab_size)) * c.vocab_size;
  const DType compute = e.store.compute_dtype(), acc = e.store.master_dtype();
  return bytes({(kept.acc + passing.acc) * tokens}, acc) +
         bytes({(kept.compute + passing.compute) * tokens}, compute) + bytes({logits}, acc) +
         (compute == acc ? Bytes{} : bytes({logits}, compute));
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
  return {{"weights that compute", usage.working},
          {"master weights", usage.master},
          {"moments", usage.moments},
          {"gradients", usage.gradients},
          {"gathered units", e.ring.size()},
          {"gradients under way", e.gradients.size(batch.micro_batches)},
          {"activations", activations(e, run, batch.rows * batch.length)}};
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
