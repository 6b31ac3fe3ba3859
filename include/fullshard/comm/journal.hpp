#pragma once
// What was communicated: order, bytes, time. Written where the collectives run, read when nothing is under
// way.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/ids.hpp"
#include "fullshard/core/progress_board.hpp"
#include "fullshard/core/sizes.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::comm {

enum class Operation { AllGather, ReduceScatter, Combine };
std::string_view name_of(Operation operation);

/// One collective of this rank.
struct Entry {
  Operation operation;
  mesh::Axis axis;
  UnitIndex unit;     ///< -1: no unit
  Bytes sent;         ///< by this rank to its peers along the axis
  double begin, end;  ///< of steady_seconds()
};

/// A time in which the computation waited for communication.
struct Wait {
  UnitIndex unit;
  double begin, end;
};

class Journal {
 public:
  struct Totals {
    Bytes sent_between_nodes;
    double seconds = 0;  ///< in collectives
    double exposed = 0;  ///< of them, while the computation waited
  };

  /// What the next entries are about.
  void set_unit(UnitIndex unit) { unit_ = unit; }
  UnitIndex unit() const { return unit_; }

  /// From now on every collective stands on the board while it is under way, with the name of its unit (by
  /// UnitIndex). The board must outlive the journal. Nothing may be under way.
  void report_to(ProgressBoard* board, std::vector<std::string> unit_names);
  /// `size` is that of the whole, which the collective makes or takes.
  CollectiveScope under_way(std::string_view operation, mesh::Axis axis, Bytes size) const;
  /// What stands there; nothing without a board.
  std::optional<CollectiveProgress> last_on_board() const;

  // Entries come from whoever communicates, waits from whoever computes: they share no memory.
  void add(const Entry& entry);
  void add(const Wait& wait);

  /// Over the order of all collectives since the start, with their units and sizes: the same on all ranks of
  /// a mesh while they issue the same.
  uint64_t fingerprint() const { return fingerprint_; }
  const Totals& totals() const { return totals_; }

  /// From now on entries and waits are kept, or not any more; what was kept so far is dropped.
  void keep(bool entries);
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Wait>& waits() const { return waits_; }

  /// Called by bodies with what is the same on every rank, whoever sends.
  void note(Operation operation, mesh::Axis axis, Bytes payload);

 private:
  UnitIndex unit_{-1};
  uint64_t fingerprint_ = 0;
  Totals totals_;
  bool keeps_ = false;
  ProgressBoard* board_ = nullptr;
  std::vector<std::string> unit_names_;
  std::vector<Entry> entries_;
  std::vector<Wait> waits_;
};

}  // namespace fullshard::comm
