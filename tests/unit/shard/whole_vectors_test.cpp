#include "fullshard/shard/whole_vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/tiny_model.hpp"

namespace fullshard::shard {

TEST(WholeVectors, hold_every_vector_of_the_model_once_and_no_matrix) {
  config::ModelConfig config = test::tiny_config();
  config.qkv_bias = config.qk_norm = true;
  const model::ModelSpec spec(config);
  const WholeVectors vectors(spec, DType::F64);
  Elems expected;
  float next = 1;
  for (size_t u = 0; u < spec.units.size(); ++u)
    for (size_t p = 0; p < spec.units[u].params.size(); ++p) {
      const UnitIndex unit(static_cast<int>(u));
      const tensor::ParamSpec& param = spec.units[u].params[p];
      if (!param.is_vector()) {
        EXPECT_THROW(vectors.at(unit, p), InternalError) << param.name;
        continue;
      }
      const auto values = vectors.at(unit, p).as<double>();
      ASSERT_EQ(values.size(), static_cast<size_t>(param.size().value)) << param.name;
      for (double& x : values) {
        EXPECT_EQ(x, 0) << param.name << " shares memory with another vector, or did not begin as zeros";
        x = next++;
      }
      expected += param.size();
    }
  EXPECT_EQ(vectors.all().count.value, expected.value);
}

TEST(WholeVectors, clear_leaves_zeros) {
  const model::ModelSpec spec(test::tiny_config());
  WholeVectors vectors(spec, DType::F32);
  std::ranges::fill(vectors.all().as<float>(), 1.0f);
  vectors.clear();
  for (const float x : vectors.all().as<float>()) ASSERT_EQ(x, 0.0f);
}

}  // namespace fullshard::shard
