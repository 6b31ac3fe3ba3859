#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/core/span.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::checkpoint {

/// A part of a tensor that this rank writes: elements [first, first + data.count) of `tensors[tensor]`.
struct WriteExtent {
  size_t tensor = 0;
  Elems first;
  ConstDeviceSpan data;
};

/// Everything but `extents` is the same on all ranks. The extents of all ranks together cover each element of
/// each tensor exactly once; where ranks hold replicas, the caller decides which of them writes.
struct WriteRequest {
  std::filesystem::path output_dir;  ///< exists
  RunState run;
  std::span<const TensorSpec> tensors;
  std::span<const WriteExtent> extents;
  std::vector<std::filesystem::path> side_files;  ///< copied beside the tensors, by their file names
  /// Called on rank 0 in the moment before the checkpoint gets its name; may be empty. For what must end a
  /// process that was stopped for so long that it does not own the directory any more.
  std::function<void()> before_publishing;
};

struct Written {
  std::filesystem::path path;
  Digest digest;  ///< state_digest of its manifest
};

/// Writes `output_dir`/checkpoint-<step>. It appears whole or not at all: the state is
/// durable and was read back before the directory gets its name. A checkpoint of the same step is replaced in
/// that instant.
///
/// Collective  over `comm`; a failure on any rank is thrown by all ranks, and nothing is left behind but what
///             was there before
/// Throws      IoError (as an Error with its exit code on the ranks that did not fail), InternalError if the
///             extents do not cover the tensors
Written write_checkpoint(const mpi::Communicator& comm, const WriteRequest& request);

}  // namespace fullshard::checkpoint
