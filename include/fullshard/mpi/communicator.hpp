#pragma once
// Communicators as move-only values, with the few host operations that set-up, agreement and checkpoints
// need. Tensors travel by comm/collectives.hpp. MPI_Comm itself stays in src: mpi/native.hpp gives it to the
// modules that may see it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fullshard/core/hash.hpp"
#include "fullshard/core/progress_board.hpp"

namespace fullshard::mpi {

/// All member functions are collective over the communicator, unless they say otherwise. Throws CommError.
class Communicator {
 public:
  /// MPI_COMM_WORLD duplicated: library traffic never meets ours.
  static Communicator world();

  Communicator(Communicator&&) noexcept;
  Communicator& operator=(Communicator&&) noexcept;
  ~Communicator();

  int rank() const { return rank_; }  ///< not collective
  int size() const { return size_; }  ///< not collective

  /// From now on every collective of this communicator, and of those made from it later, is written to the
  /// board, which must outlive them. Null: no longer. Not collective.
  void report_to(ProgressBoard* board) { board_ = board; }

  /// The same ranks, whose messages never meet those of this one.
  Communicator duplicate() const;
  /// Ranks of the same colour form a new communicator, ordered by key.
  Communicator split(int color, int key) const;
  /// Ranks that share memory, i.e. of one node, in rank order.
  Communicator split_shared() const;

  void barrier() const;
  int64_t sum(int64_t value) const;
  int64_t max(int64_t value) const;
  int64_t min(int64_t value) const;
  double sum(double value) const;  ///< added in rank order: the same bits on every rank
  double max(double value) const;
  /// Sums element by element.
  void sum(std::span<int64_t> values) const;
  void sum(std::span<Digest> values) const;

  std::string broadcast(std::string text, int root = 0) const;
  int64_t broadcast(int64_t value, int root = 0) const;
  /// Every rank's value, in rank order.
  std::vector<int64_t> all_gather(int64_t value) const;
  std::vector<double> all_gather(double value) const;
  std::vector<std::string> all_gather(const std::string& text) const;

  struct Native;
  const Native& native() const { return *native_; }  ///< not collective

 private:
  Communicator(std::unique_ptr<Native> native, ProgressBoard* board, const char* axis);
  CollectiveScope reported(std::string_view operation, size_t bytes) const;

  std::unique_ptr<Native> native_;
  ProgressBoard* board_ = nullptr;
  const char* axis_;  // a name on the board
  int rank_ = 0, size_ = 1;
};

}  // namespace fullshard::mpi
