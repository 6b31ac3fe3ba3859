#include "fullshard/optim/adamw.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "support/whole_model.hpp"

namespace fullshard::optim {

namespace {

using at::Tensor;

struct Reference {
  Tensor master, exp_avg, exp_avg_sq, gradient;
};

/// Algorithm 2 of the paper: the `number`-th update of one tensor.
void update(Reference& r, const AdamWConfig& c, const Update& u, double weight_decay) {
  const auto t = static_cast<double>(u.number);
  const Tensor g = r.gradient * u.gradient_factor;
  r.exp_avg = c.beta1 * r.exp_avg + (1 - c.beta1) * g;
  r.exp_avg_sq = c.beta2 * r.exp_avg_sq + (1 - c.beta2) * g * g;
  const Tensor m = r.exp_avg / (1 - std::pow(c.beta1, t)), v = r.exp_avg_sq / (1 - std::pow(c.beta2, t));
  r.master = r.master * (1 - u.learning_rate * weight_decay) - u.learning_rate * m / (v.sqrt() + c.eps);
}

}  // namespace

TEST(AdamW, every_tensor_is_updated_with_its_own_state_and_only_matrices_decay) {
  const model::ModelSpec spec(test::tiny_config());
  shard::ParamStore store = shard::ParamStore::alone(spec, DType::F64, shard::Purpose::Train);
  const AdamWConfig config{.beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.1};
  std::map<std::string, Reference> expected;
  const auto for_each = [&](const auto& visit) {
    for (size_t i = 0; i < spec.units.size(); ++i) {
      const UnitIndex u(static_cast<int>(i));
      const auto masters = store.tensors(u, store.master(u)), gradients = store.tensors(u, store.gradient(u)),
                 first = store.tensors(u, store.exp_avg(u)), second = store.tensors(u, store.exp_avg_sq(u));
      for (const tensor::ParamSpec& p : spec.units[i].params)
        visit(p, Reference{masters[p.role], first[p.role], second[p.role], gradients[p.role]});
    }
  };
  uint64_t seed = 1;
  for_each([&](const tensor::ParamSpec& p, const Reference& r) {
    r.master.copy_(test::random_matrix(1, r.master.numel(), seed++).view(r.master.sizes()));
    r.gradient.copy_(test::random_matrix(1, r.master.numel(), seed++).view(r.master.sizes()));
    r.exp_avg.zero_();
    r.exp_avg_sq.zero_();
    expected[p.name] = {r.master.clone(), r.exp_avg.clone(), r.exp_avg_sq.clone(), r.gradient.clone()};
  });

  for (int64_t number : {1, 2, 3}) {
    const Update step{.number = number, .learning_rate = 1e-2, .gradient_factor = 0.25};
    adamw_update(store, config, step);
    for_each([&](const tensor::ParamSpec& p, const Reference&) {
      const bool matrix = p.shape.size() > 1;
      update(expected[p.name], config, step, matrix ? config.weight_decay : 0);
    });
  }

  // Some twenty fp64 roundings an update, of parts of the result.
  for_each([&](const tensor::ParamSpec& p, const Reference& r) {
    EXPECT_LT(test::relative_difference(r.master, expected[p.name].master), 1e-13) << p.name;
    EXPECT_LT(test::relative_difference(r.exp_avg, expected[p.name].exp_avg), 1e-13) << p.name;
    EXPECT_LT(test::relative_difference(r.exp_avg_sq, expected[p.name].exp_avg_sq), 1e-13) << p.name;
  });
}

}  // namespace fullshard::optim
