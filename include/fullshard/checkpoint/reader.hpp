#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/span.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::checkpoint {

struct OpenOptions {
  /// How long to try again when a file is not there or stale: for ranks on other nodes than the one that
  /// chose the checkpoint, whose network file system may lag. Up to a minute is sensible.
  std::chrono::milliseconds patience{0};
};

/// A file of a checkpoint that is not as the manifest says, and how.
struct Damage {
  std::filesystem::path file;
  std::string what;
};

/// What one read of everything has found.
struct Examination {
  std::vector<Digest> tensors;  ///< as they were read, in the manifest's order
  std::vector<Damage> damage;
};

/// A checkpoint open for reading: any part of any tensor, by any number of ranks. HDF5 is not involved.
class CheckpointReader {
 public:
  /// Checks the manifest, and that each file has its size and belongs to this manifest; not yet the data.
  ///
  /// Throws      CheckpointError naming file and reason if anything is missing or does not fit
  static CheckpointReader open(const std::filesystem::path& checkpoint, OpenOptions options = {});

  const std::filesystem::path& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }
  /// Of all tensors together.
  Bytes size() const;
  std::span<const StoredTensor> tensors() const { return manifest_.tensors; }
  /// Null when the checkpoint has no such tensor.
  const StoredTensor* find(std::string_view group, std::string_view name) const;

  /// Reads elements [first, first + dst.count) of a tensor into host memory.
  ///
  /// Throws      CheckpointError if there is no such tensor, it is of another dtype or shorter; IoError
  void read(std::string_view group, std::string_view name, Elems first, DeviceSpan dst) const;

  /// Has the disk fetch those elements, which will be read soon; says nothing of what is not there.
  void read_ahead(const StoredTensor& tensor, Elems first, Elems count) const;

  /// Reads everything once, spread over the ranks, and compares all digests.
  ///
  /// Collective  over `comm`; every rank has opened the same checkpoint
  /// Throws      CheckpointError naming the first damaged tensor or file (as an Error with its exit code on
  /// the
  ///             ranks that did not see it)
  void verify(const mpi::Communicator& comm) const;

  /// The same by this process alone, and without a word about what it finds. Throws IoError.
  Examination examine() const;

 private:
  CheckpointReader() = default;

  std::filesystem::path path_;
  Manifest manifest_;
  std::vector<FileDescriptor> files_;  // as manifest_.files
};

}  // namespace fullshard::checkpoint
