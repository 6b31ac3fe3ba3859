#include "fullshard/convert/import.hpp"

#include "fullshard/core/hash.hpp"
#include "fullshard/core/rng.hpp"
#include "fullshard/device/staging.hpp"
#include "fullshard/tensor/parallel.hpp"

namespace fullshard::convert {

namespace {

// The extents of this rank's authoritative slice.
std::vector<shard::TensorExtent> my_extents(const shard::ParamStore& store, UnitIndex u) {
  return store.layout(u).extents(store.slice(u, store.authoritative_level(u)));
}

// Calls fill(parameter, first element in the tensor, host memory) for every extent of this rank's
// authoritative slices, in one piece or several, and before(unit) before the first of each unit.
template <class Before, class Fill>
void fill_store(shard::ParamStore& store, Before&& before, Fill&& fill) {
  device::Staging staging;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    before(u);
    for (const shard::TensorExtent& e : my_extents(store, u))
      staging.fill(store.authoritative(u, e), [&](Elems first, DeviceSpan memory) {
        fill(store.spec().unit(u).params[e.param], e.in_tensor + first, memory);
      });
    if (store.purpose() == shard::Purpose::Train) store.refresh_working(u);
  }
  store.weights_changed();
}

// Has the disk fetch the next unit while this one is copied: one tensor's slice alone keeps no disk busy.
void announce_next(const ModelDirectory& directory, const shard::ParamStore& store, UnitIndex u) {
  const UnitIndex next(u.value + 1);
  if (static_cast<size_t>(next.value) >= store.spec().units.size()) return;
  for (const shard::TensorExtent& e : my_extents(store, next))
    directory.read_ahead(store.spec().unit(next).params[e.param].name, e.in_tensor, e.count);
}

double initial_value(const tensor::ParamSpec& p, const CounterRng& rng, double range, int64_t index) {
  switch (p.init) {
    case tensor::Init::Ones:
      return 1;
    case tensor::Init::Zeros:
      return 0;
    case tensor::Init::Normal:
      return range * rng.normal(static_cast<uint64_t>(index));
  }
  return 0;
}

std::vector<ExpectedTensor> expected_tensors(const model::ModelSpec& spec) {
  std::vector<ExpectedTensor> expected;
  for (const model::UnitSpec& unit : spec.units)
    for (const tensor::ParamSpec& p : unit.params) expected.push_back({p.name, p.shape});
  return expected;
}

}  // namespace

ModelDirectory open_model(const std::filesystem::path& directory, const model::ModelSpec& spec) {
  return ModelDirectory::open(directory, spec.config.tied ? Embeddings::Tied : Embeddings::Untied);
}

void check_model(const ModelDirectory& directory, const model::ModelSpec& spec) {
  directory.check(expected_tensors(spec));
}

void import_model(const ModelDirectory& directory, shard::ParamStore& store) {
  fill_store(
      store, [&](UnitIndex u) { announce_next(directory, store, u); },
      [&](const tensor::ParamSpec& p, Elems first, DeviceSpan memory) {
        directory.read(p.name, first, memory);
      });
}

void initialise_randomly(uint64_t seed, shard::ParamStore& store) {
  // Master slices are fp32 or fp64; a store that only evaluates could hold bf16, which this does not write.
  FS_CHECK(store.purpose() == shard::Purpose::Train, "random weights for a store that only evaluates");
  const double range = store.spec().config.initializer_range;
  const auto nothing = [](UnitIndex) {};
  fill_store(store, nothing, [&](const tensor::ParamSpec& p, Elems first, DeviceSpan memory) {
    const CounterRng rng(seed, hash64(p.name));
    tensor::parallel_for(memory.count.value, 1 << 14, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const double value = initial_value(p, rng, range, first.value + i);
        if (memory.dtype == DType::F64)
          reinterpret_cast<double*>(memory.data)[i] = value;
        else
          reinterpret_cast<float*>(memory.data)[i] = static_cast<float>(value);
      }
    });
  });
}

}  // namespace fullshard::convert
