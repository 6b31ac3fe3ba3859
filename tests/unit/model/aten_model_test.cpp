// Whole models, forward and backward, through the bodies of src/model/aten and through the host's kernels.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fullshard/model/block.hpp"
#include "fullshard/model/embedding.hpp"
#include "fullshard/model/head.hpp"
#include "support/body_choice.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

using test::NamedConfig;

struct Outcome {
  double loss;
  std::vector<std::pair<std::string, Tensor>> gradients;  // by name, fp64

  Tensor all() const {
    std::vector<Tensor> flat;
    for (const auto& [name, g] : gradients) flat.push_back(g.flatten());
    return at::cat(flat);
  }
};

// One model with weights of `type` (vectors in acc), and gradient slots that hold what fresh memory may hold.
class Model {
 public:
  Model(const config::ModelConfig& config, at::ScalarType type) : spec_(config), type_(type) {
    for (size_t u = 0; u < spec_.units.size(); ++u) {
      const UnitTensors random = test::random_tensors(spec_.units[u], 7 + u);
      UnitTensors& w = weights_.emplace_back();
      UnitTensors& g = gradients_.emplace_back();
      for (const auto& p : spec_.units[u].params) {
        w.set(p.role, random[p.role].to(test::device(), p.is_vector() ? acc_type(type) : type));
        g.set(p.role, at::full(p.shape, 1e30, at::TensorOptions(acc_type(type)).device(test::device())));
      }
    }
  }

  Outcome micro_step(const MicroBatch& batch) const {
    const Sequences sequences(spec_.config, Segments(batch.starts, test::device()), type_);
    std::vector<Block> blocks;
    std::vector<BlockSaved> saved;
    Tensor x = embed(of(weights_, spec_.embed_unit()), batch.ids);
    for (int64_t l = 0; l < spec_.config.num_layers; ++l) {
      auto [y, s] =
          blocks.emplace_back(spec_.config, l).forward(of(weights_, spec_.block_unit(l)), x, sequences);
      x = std::move(y);
      saved.push_back(std::move(s));
    }
    auto [loss, dx] = Head(spec_.config)
                          .forward_backward(of(weights_, spec_.head_unit()), x, batch,
                                            of(gradients_, spec_.head_unit()), Accumulate::Overwrite);
    EXPECT_DOUBLE_EQ(Head(spec_.config).loss(of(weights_, spec_.head_unit()), x, batch), loss);
    for (int64_t l = spec_.config.num_layers; l-- > 0;) {
      const UnitIndex u = spec_.block_unit(l);
      dx = blocks[static_cast<size_t>(l)].backward(of(weights_, u), std::move(saved[static_cast<size_t>(l)]),
                                                   dx, sequences, of(gradients_, u), Accumulate::Overwrite);
    }
    // A tied matrix has the head's part already.
    embed_backward(spec_.config, of(gradients_, spec_.embed_unit()), dx, batch,
                   spec_.config.tied ? Accumulate::Add : Accumulate::Overwrite);
    return {loss, gradients()};
  }

 private:
  static const UnitTensors& of(const std::vector<UnitTensors>& units, UnitIndex u) {
    return units[static_cast<size_t>(u.value)];
  }
  std::vector<std::pair<std::string, Tensor>> gradients() const {
    std::vector<std::pair<std::string, Tensor>> all;
    for (size_t u = 0; u < spec_.units.size(); ++u)
      for (const auto& p : spec_.units[u].params)
        all.emplace_back(p.name, gradients_[u][p.role].to(at::kCPU, at::kDouble));
    return all;
  }

  ModelSpec spec_;
  at::ScalarType type_;
  std::vector<UnitTensors> weights_, gradients_;
};

// Ids and targets: the pad token in the text, ignored targets at both ends and between; the last sequence is
// shorter where there are several.
struct Batch {
  Batch(const config::ModelConfig& c, int64_t rows, int64_t length) {
    const auto V = static_cast<int32_t>(c.vocab_size);
    for (int32_t i = 0; i < rows * length; ++i) {
      ids.push_back(i % 7 == 3 ? 5 : i * i % V);
      targets.push_back(i % 5 == 1 ? -100 : (i * 37 + 11) % V);
    }
    if (length > 1) targets.front() = targets.back() = -100;
    for (int64_t r = 0; r < rows; ++r) starts.push_back(static_cast<int32_t>(r * length));
    if (rows > 1) starts.back() += static_cast<int32_t>(length / 2);
    starts.push_back(static_cast<int32_t>(rows * length));
  }
  MicroBatch view() const { return {ids, targets, starts}; }
  std::vector<int32_t> ids, targets, starts;
};

std::vector<NamedConfig> configs() {
  std::vector<NamedConfig> all = test::tiny_configs();
  all.push_back({"pad_token", test::tiny_config()});
  all.back().config.pad_token_id = 5;
  all.push_back({"tied_pad_token", all.back().config});
  all.back().config.tied = true;
  return all;
}

class WholeModel : public ::testing::TestWithParam<NamedConfig> {
 protected:
  static Outcome by_host_kernels(at::ScalarType type, const MicroBatch& batch) {
    const test::HostKernels host;
    return Model(GetParam().config, type).micro_step(batch);
  }
};

constexpr std::pair<int64_t, int64_t> kShapes[] = {{1, 1}, {3, 1}, {2, 141}};

}  // namespace

TEST_P(WholeModel, in_fp64_loss_and_every_gradient_equal_the_host_kernels) {
  for (const auto& [rows, length] : kShapes) {
    const Batch batch(GetParam().config, rows, length);

    const Outcome ours = Model(GetParam().config, at::kDouble).micro_step(batch.view());
    const Outcome hosts = by_host_kernels(at::kDouble, batch.view());

    EXPECT_NEAR(ours.loss, hosts.loss, 1e-12 * hosts.loss);
    for (size_t i = 0; i < ours.gradients.size(); ++i) {
      const Tensor &g = ours.gradients[i].second, &expected = hosts.gradients[i].second;
      // With one token the gradients of queries and keys are zero but for the rounding of terms of order one.
      EXPECT_LT((g - expected).norm().item<double>(), 1e-12 * std::max(1.0, expected.norm().item<double>()))
          << ours.gradients[i].first << ", " << rows << " rows of " << length;
    }
  }
}

// As many roundings of the same sizes, with other accidents: errors of the same size, taken over all
// parameters.
TEST_P(WholeModel, in_fp32_and_bf16_it_is_as_near_to_fp64_as_the_host_kernels) {
  const Batch batch(GetParam().config, 2, 141);
  const Outcome exact = by_host_kernels(at::kDouble, batch.view());
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Outcome ours = Model(GetParam().config, type).micro_step(batch.view());
    const Outcome hosts = by_host_kernels(type, batch.view());

    EXPECT_LT(test::relative_difference(ours.all(), exact.all()),
              1.5 * test::relative_difference(hosts.all(), exact.all()))
        << c10::toString(type);
  }
}

TEST_P(WholeModel, without_a_trained_token_loss_and_gradients_are_zero) {
  Batch batch(GetParam().config, 2, 9);
  std::fill(batch.targets.begin(), batch.targets.end(), -100);

  const Outcome ours = Model(GetParam().config, at::kBFloat16).micro_step(batch.view());

  EXPECT_EQ(ours.loss, 0);
  EXPECT_EQ(ours.all().abs().max().item<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Tiny, WholeModel, ::testing::ValuesIn(configs()),
                         [](const auto& c) { return c.param.name; });

}  // namespace fullshard::model
