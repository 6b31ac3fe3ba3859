#pragma once
// All that a rank owns of the model: working slices (what computes), master slices and moments (what is
// optimized), and gradients accumulated between micro-steps. Optimizer and checkpoint borrow views from here.

#include <vector>

#include "fullshard/comm/mesh_collectives.hpp"
#include "fullshard/device/buffer.hpp"
#include "fullshard/mesh/mesh.hpp"
#include "fullshard/model/model_spec.hpp"
#include "fullshard/model/unit_tensors.hpp"
#include "fullshard/shard/flat_layout.hpp"
#include "fullshard/shard/strategy.hpp"
#include "fullshard/shard/whole_vectors.hpp"

namespace fullshard::shard {

/// Of master weights, moments and gradients where weights compute in `compute`.
constexpr DType master_dtype_of(DType compute) {
  return compute == DType::F64 ? DType::F64 : DType::F32;
}

/// What is kept besides the parameters.
enum class Purpose { Train, Evaluate };

struct StoreOptions {
  Strategy strategy;
  DType compute = DType::BF16;  ///< BF16, F32 or F64
  Purpose purpose = Purpose::Train;
  /// Units of up to so many parameters are not cut: their parameters are replicas in any strategy.
  Elems persistence_threshold{0};
};

class ParamStore {
 public:
  /// `spec` and `axes` must outlive the store. Throws std::bad_alloc or Error(OutOfMemory) where memory is
  /// short on any rank that shares some with this one.
  ///
  /// Collective  over the mesh
  ParamStore(const model::ModelSpec& spec, const mesh::Mesh& mesh, WorldRank rank,
             comm::MeshCollectives& axes, StoreOptions options);

  /// The whole model on one rank, without others.
  static ParamStore alone(const model::ModelSpec& spec, DType compute, Purpose purpose);

  const model::ModelSpec& spec() const { return spec_; }
  const Strategy& strategy() const { return options_.strategy; }
  Purpose purpose() const { return options_.purpose; }
  DType compute_dtype() const { return options_.compute; }
  DType master_dtype() const { return master_dtype_of(options_.compute); }
  const FlatLayout& layout(UnitIndex u) const { return units_[index(u)].layout; }
  const mesh::Mesh& mesh() const { return mesh_; }
  mesh::Coordinates here() const { return mesh_.at(rank_); }
  /// Where all of it lies.
  DeviceId device() const { return vectors_.all().device; }
  mesh::Slice slice(UnitIndex u, Level level) const {
    return mesh::slice_of(layout(u).padded(), level, mesh_, rank_);
  }
  /// The strategy's, or Replica for a unit that stays whole.
  Level params_level(UnitIndex u) const { return units_[index(u)].params; }

  /// This rank's slice at `level` of what `span` holds of the unit, its slice at `held`, which is no finer.
  DeviceSpan part(UnitIndex u, DeviceSpan span, Level held, Level level) const;

  /// This rank's parts; spans of level params_level(u), optimizer, optimizer, optimizer, gradients.
  DeviceSpan working(UnitIndex u) const { return units_[index(u)].working; }
  DeviceSpan master(UnitIndex u) const { return units_[index(u)].master; }
  DeviceSpan exp_avg(UnitIndex u) const { return units_[index(u)].exp_avg.span(); }
  DeviceSpan exp_avg_sq(UnitIndex u) const { return units_[index(u)].exp_avg_sq.span(); }
  DeviceSpan gradient(UnitIndex u) const { return units_[index(u)].gradient; }

  /// The whole unit where working(u) is a part of memory that has room for all of it: under replicas, and
  /// where the ranks of a node see one memory. Empty otherwise: then a GatherRing has the room.
  DeviceSpan whole(UnitIndex u) const { return units_[index(u)].whole; }

  /// The slices whose values count: the masters', and in a store that only evaluates the working ones.
  Level authoritative_level(UnitIndex u) const {
    return purpose() == Purpose::Train ? strategy().optimizer : params_level(u);
  }
  /// Where the values of `e`, an extent of the authoritative slice, are kept.
  DeviceSpan authoritative(UnitIndex u, const TensorExtent& e) const;

  /// The unit's tensors as views into `whole`, a flat buffer of the whole unit.
  model::UnitTensors tensors(UnitIndex u, DeviceSpan whole) const;

  /// The same for computing: norm weights and biases are not those of `whole` but the vectors, in the
  /// master dtype (docs/adr/0015-vectors-whole-in-fp32.md).
  model::UnitTensors weights(UnitIndex u, DeviceSpan whole) const;

  /// Norm weights and biases of all units. After weights_changed() each rank has the parts of its
  /// authoritative slices, and zeros elsewhere.
  DeviceSpan vectors() const { return vectors_.all(); }

  /// Copies the master slice into its part of the working slice, where they are not the same memory. The
  /// other parts come from other ranks: GatherRing.
  void refresh_working(UnitIndex u);

  /// To be called when all authoritative slices have their new values. A store that only evaluates takes
  /// values once.
  void weights_changed();
  /// Counts these calls; what was gathered under another version is stale.
  int64_t version() const { return version_; }

  /// Memory by purpose, for the run header.
  struct Usage {
    Bytes working, master, moments, gradients;
  };
  Usage usage() const;

 private:
  struct Unit {
    FlatLayout layout;
    Level params = Level::Replica;
    // Views; the same memory for working and master where they are of one dtype and level.
    DeviceSpan whole, working, master, gradient;
    comm::RegionHandle working_memory, gradient_memory;
    device::Buffer master_memory, exp_avg, exp_avg_sq;
  };
  Unit make_unit(const model::UnitSpec& unit, DeviceId device) const;
  void place(Unit& u, comm::Collectives& local) const;
  Elems count(const Unit& u, Level level) const {
    return mesh::slice_of(u.layout.padded(), level, mesh_, rank_).count;
  }
  static size_t index(UnitIndex u) { return static_cast<size_t>(u.value); }

  const model::ModelSpec& spec_;
  mesh::Mesh mesh_;
  WorldRank rank_;
  StoreOptions options_;
  std::vector<Unit> units_;
  WholeVectors vectors_;
  int64_t version_ = 0;
};

}  // namespace fullshard::shard
