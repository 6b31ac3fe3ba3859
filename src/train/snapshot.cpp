#include "fullshard/train/snapshot.hpp"

#include <fmt/format.h>

#include <array>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/device/staging.hpp"

namespace fullshard::train {

namespace {

constexpr std::array kGroups = {"master", "exp_avg", "exp_avg_sq"};
constexpr Elems kAhead{int64_t{4} << 20};  // asked of the disk; reading asks for the rest of a larger extent

DeviceSpan state_of(const shard::ParamStore& store, size_t group, UnitIndex u) {
  return group == 0 ? store.master(u) : group == 1 ? store.exp_avg(u) : store.exp_avg_sq(u);
}

// Calls visit(unit, extent, parameter) for every extent of this rank's authoritative slices.
template <class Visit>
void for_each_extent(const shard::ParamStore& store, Visit&& visit) {
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, store.authoritative_level(u))))
      visit(u, e, store.spec().unit(u).params[e.param]);
  }
}

std::vector<checkpoint::TensorSpec> stored_tensors(const shard::ParamStore& store) {
  std::vector<checkpoint::TensorSpec> all;
  for (const char* group : kGroups)
    for (const model::UnitSpec& unit : store.spec().units)
      for (const tensor::ParamSpec& p : unit.params)
        all.push_back({group, p.name, p.shape, store.master_dtype()});
  return all;
}

// Where several ranks hold the same slices, they take turns, unit by unit.
bool writes(const shard::ParamStore& store, UnitIndex u) {
  const mesh::Coordinates here = store.here();
  switch (store.strategy().optimizer) {
    case mesh::Level::World:
      return true;
    case mesh::Level::Node:
      return u.value % store.mesh().nodes() == here.node.value;
    case mesh::Level::Replica:
      return u.value % store.mesh().world_size() == store.mesh().position(here);
  }
  FS_CHECK(false, "level {}", static_cast<int>(store.strategy().optimizer));
}

void check_model(const checkpoint::CheckpointReader& reader, const shard::ParamStore& store) {
  if (reader.manifest().run.model_hash != model_hash(store.spec()))
    throw CheckpointError(
        reader.path(), "is of another model than model_name_or_path; give that model, or another output_dir");
}

// Reads master weights into memory of another dtype, piece by piece.
void read_converted(const checkpoint::CheckpointReader& reader, const std::string& name, Elems first,
                    DeviceSpan dst) {
  const checkpoint::StoredTensor* stored = reader.find(kGroups[0], name);
  if (stored == nullptr || stored->dtype == dst.dtype) return reader.read(kGroups[0], name, first, dst);
  const Elems per_piece = std::min(dst.count, Elems{int64_t{1} << 20});
  std::vector<std::byte> buffer(static_cast<size_t>(bytes(per_piece, stored->dtype).value));
  for (Elems at; at < dst.count; at += per_piece) {
    const DeviceSpan piece{buffer.data(), std::min(per_piece, dst.count - at), stored->dtype};
    reader.read(kGroups[0], name, first + at, piece);
    convert_dtype(dst.slice(at, piece.count), piece);
  }
}

}  // namespace

std::string model_hash(const model::ModelSpec& spec) {
  const config::ModelConfig& c = spec.config;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {}", static_cast<int>(c.family), c.num_heads, c.num_kv_heads,
                  c.head_dim, c.rms_norm_eps, static_cast<int>(c.rope.kind), c.rope.theta, c.rope.factor);
  for (const model::UnitSpec& unit : spec.units) {
    text += "|" + unit.name;
    for (const tensor::ParamSpec& p : unit.params)
      text += fmt::format(";{}{}", p.name, fmt::join(p.shape, "x"));
  }
  return fmt::format("{:016x}", hash64(text));
}

Saved save_snapshot(const shard::ParamStore& store, const mpi::Communicator& world,
                    const std::filesystem::path& output_dir, checkpoint::RunState run,
                    const std::vector<std::filesystem::path>& side_files,
                    std::function<void()> before_publishing) {
  const Stopwatch clock;
  const std::vector<checkpoint::TensorSpec> tensors = stored_tensors(store);
  Bytes total;
  for (const checkpoint::TensorSpec& t : tensors) total += bytes(t.count(), t.dtype);
  std::vector<checkpoint::WriteExtent> extents;
  size_t first_of_unit = 0, params_in_group = tensors.size() / kGroups.size();
  std::vector<size_t> first_index;
  for (const model::UnitSpec& unit : store.spec().units) {
    first_index.push_back(first_of_unit);
    first_of_unit += unit.params.size();
  }
  for_each_extent(store, [&](UnitIndex u, const shard::TensorExtent& e, const tensor::ParamSpec&) {
    if (!writes(store, u)) return;
    for (size_t g = 0; g < kGroups.size(); ++g)
      extents.push_back({g * params_in_group + first_index[static_cast<size_t>(u.value)] + e.param,
                         e.in_tensor, state_of(store, g, u).slice(e.in_slice, e.count)});
  });
  run.model_hash = model_hash(store.spec());
  run.layout_hash = fmt::format("{:016x}", hash64(fmt::format("aligned {}", shard::kTensorAlignment)));
  if (store.spec().config.tied) run.ties = {{"lm_head.weight", "model.embed_tokens.weight"}};
  const auto written = checkpoint::write_checkpoint(
      world, {output_dir, std::move(run), tensors, extents, side_files, std::move(before_publishing)});
  return {{"saved " + written.path.string(), total, clock.seconds()}, written.digest};
}

void load_snapshot(const checkpoint::CheckpointReader& reader, shard::ParamStore& store) {
  check_model(reader, store);
  device::Staging staging;
  for_each_extent(store, [&](UnitIndex u, const shard::TensorExtent& e, const tensor::ParamSpec& p) {
    for (const char* group : kGroups)
      if (const auto* t = reader.find(group, p.name))
        reader.read_ahead(*t, e.in_tensor, std::min(e.count, kAhead));
    for (size_t g = 0; g < kGroups.size(); ++g)
      staging.fill(state_of(store, g, u).slice(e.in_slice, e.count), [&](Elems first, DeviceSpan piece) {
        reader.read(kGroups[g], p.name, e.in_tensor + first, piece);
      });
  });
  for (size_t i = 0; i < store.spec().units.size(); ++i)
    store.refresh_working(UnitIndex(static_cast<int>(i)));
  store.weights_changed();
}

void load_weights(const checkpoint::CheckpointReader& reader, shard::ParamStore& store) {
  check_model(reader, store);
  device::Staging staging;
  for_each_extent(store, [&](UnitIndex u, const shard::TensorExtent& e, const tensor::ParamSpec& p) {
    staging.fill(store.authoritative(u, e), [&](Elems first, DeviceSpan piece) {
      read_converted(reader, p.name, e.in_tensor + first, piece);
    });
  });
  store.weights_changed();
}

}  // namespace fullshard::train
