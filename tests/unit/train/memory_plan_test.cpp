#include "fullshard/train/memory_plan.hpp"

#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "fullshard/tensor/torch_bridge.hpp"
#include "fullshard/train/step_loop.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::train {

namespace {

/// Counts what tensors take; one thread.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t n) override {
    void* const memory = c10::alloc_cpu(n);
    sizes_[memory] = n;
    in_use_ += n;
    most_ = std::max(most_, in_use_);
    return {memory, memory, &CountingAllocator::release, c10::Device(c10::DeviceType::CPU)};
  }
  // Some operations take plain memory, of which they know nothing but where it is.
  c10::DeleterFnPtr raw_deleter() const override { return &CountingAllocator::release; }
  void copy_data(void* to, const void* from, size_t n) const override { std::memcpy(to, from, n); }
  void begin() { most_ = in_use_ = 0; }
  Bytes most() const { return {static_cast<int64_t>(most_)}; }

  static CountingAllocator& instance() {
    static auto* const allocator = [] {
      auto* made = new CountingAllocator;  // tensors may outlive main
      c10::SetCPUAllocator(made, /*priority=*/2);
      return made;
    }();
    return *allocator;
  }

 private:
  static void release(void* memory) {
    CountingAllocator& a = instance();
    const auto size = a.sizes_.extract(memory);
    a.in_use_ -= size.mapped();
    c10::free_cpu(memory);
  }
  std::unordered_map<void*, size_t> sizes_;
  size_t in_use_ = 0, most_ = 0;
};

constexpr int64_t kRows = 16, kLength = 32, kTokens = kRows * kLength;

config::ModelConfig wide_config() {
  config::ModelConfig c = test::tiny_config();
  c.vocab_size = 192, c.hidden_size = 256, c.intermediate_size = 768, c.num_layers = 4, c.num_heads = 4,
  c.num_kv_heads = 2, c.head_dim = 64;
  return c;
}

/// What a micro-step of the real loop takes at most.
Bytes taken(const config::ModelConfig& config, DType compute, config::Recompute recompute) {
  const model::ModelSpec spec(config);
  shard::ParamStore store = shard::ParamStore::alone(spec, compute, shard::Purpose::Train);
  store.weights_changed();
  comm::MeshCollectives nobody;
  shard::GatherRing ring(store, nobody, {});
  shard::GradRing gradients(store, nobody, shard::Reduction::Fast);
  StepLoop loop(spec, tensor::scalar_type(compute), ring, gradients,
                recompute == config::Recompute::Full ? Recompute::Full : Recompute::None);
  const std::vector<int32_t> ids(kTokens, 3);
  std::vector<int32_t> starts;
  for (int64_t r = 0; r <= kRows; ++r) starts.push_back(static_cast<int32_t>(r * kLength));
  const model::MicroBatch batch{ids, ids, starts};
  CountingAllocator::instance().begin();
  loop.micro_step(batch, {gradients.deal(1), 0});
  return CountingAllocator::instance().most();
}

/// For what single kernels use inside and tables of positions: packed blocks of a product (128 × 512 of one
/// factor, 512 × 512 of the other, in bf16, sums of all rows of 512 columns in fp32), scores of 128 queries.
Bytes allowance(DType compute) {
  const int64_t packed = compute == DType::BF16 ? (128 + 512) * 512 * 2 + kTokens * 512 * 4 : 0;
  const int64_t scores = 128 * kLength * 2 * (8 + 8), tables = 4 * kLength * 64 * 8 + kTokens * 8;
  return {packed + scores + tables};
}

void expect_as_planned(const config::ModelConfig& config) {
  at::set_num_threads(1);
  CountingAllocator::instance();
  for (const DType compute : {DType::BF16, DType::F32, DType::F64})
    for (const auto recompute : {config::Recompute::None, config::Recompute::Full}) {
      const Bytes plan = activation_memory(
          config, {.compute = compute, .recompute = recompute, .tokens = kTokens, .keeps_logsumexp = false});
      const Bytes most = taken(config, compute, recompute);
      EXPECT_GE(most.value, plan.value) << name_of(compute) << ", recompute " << static_cast<int>(recompute);
      EXPECT_LE(most.value, (plan + allowance(compute)).value)
          << name_of(compute) << ", recompute " << static_cast<int>(recompute);
    }
}

}  // namespace

TEST(MemoryPlan, activations_take_what_is_planned_where_a_block_needs_most) {
  expect_as_planned(wide_config());
}

TEST(MemoryPlan, activations_take_what_is_planned_where_the_head_needs_most) {
  config::ModelConfig c = wide_config();
  c.vocab_size = 8192;

  expect_as_planned(c);
}

TEST(MemoryPlan, activations_take_what_is_planned_with_norms_of_wide_heads) {
  config::ModelConfig c = wide_config();
  c.qk_norm = true, c.head_dim = 128, c.intermediate_size = 384;

  expect_as_planned(c);
}

TEST(MemoryPlan, logsumexp_is_one_number_of_each_token_and_head_that_is_kept) {
  const config::ModelConfig c = wide_config();
  const auto planned = [&](bool keeps) {
    return activation_memory(c, {.compute = DType::BF16,
                                 .recompute = config::Recompute::None,
                                 .tokens = kTokens,
                                 .keeps_logsumexp = keeps});
  };

  EXPECT_EQ(planned(true) - planned(false), bytes({c.num_layers * c.num_heads * kTokens}, DType::F32));
}

}  // namespace fullshard::train
