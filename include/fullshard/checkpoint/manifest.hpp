#pragma once
// What a checkpoint says about itself: manifest.json (docs/checkpoint_format.md). It knows nothing of ranks.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/dtype.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::checkpoint {

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kStateName = "state.h5";

/// A tensor to store: `group` says which state of the parameter it is ("master", "exp_avg", "exp_avg_sq"),
/// `name` is the parameter's Hugging Face name. Both become HDF5 link names.
struct TensorSpec {
  std::string group, name;
  std::vector<int64_t> shape;
  DType dtype = DType::F32;
  Elems count() const;
};

/// The number of elements of a shape of positive dims; nothing when a dim is not positive or the bytes do not
/// fit in an int64.
std::optional<Elems> element_count(std::span<const int64_t> shape, DType dtype);

/// Elements [first, first + count) of a tensor lie at byte `offset` of `files[file]`, little-endian.
struct StoredExtent {
  size_t file = 0;
  Elems first, count;
  Bytes offset;
};

struct StoredTensor : TensorSpec {
  Digest digest;                      ///< digest_of all elements, from index 0
  std::vector<StoredExtent> extents;  ///< in order of `first`; together the whole tensor
};

/// A file of tensor data. `layout_digest` covers every byte outside the extents, so no byte of it is
/// unguarded.
struct StoredFile {
  std::string name;
  Bytes size;
  Bytes uuid_offset;  ///< where the 36 characters of the manifest's uuid stand in it
  Digest layout_digest;
};

/// A small file copied beside the tensors (config.json, tokenizer.json, …).
struct SideFile {
  std::string name;
  Bytes size;
  uint64_t hash = 0;  ///< hash64 of its bytes
};

/// A parameter that is not stored because it is the same memory as another.
struct Tie {
  std::string name, same_as;
};

/// The run at the moment of the checkpoint; the texts are opaque here.
struct RunState {
  int64_t step = 0;
  int64_t data_cursor = 0;  ///< global steps whose data was consumed
  std::string model_hash, layout_hash;
  std::string environment;    ///< one line: versions, host, ranks
  std::string config_json;    ///< the resolved run file
  std::string trainer_state;  ///< best metric and the like
  std::vector<Tie> ties;
};

struct Manifest {
  static constexpr int64_t kFormatVersion = 1;

  std::string uuid, created;  ///< `created` in UTC, ISO 8601
  RunState run;
  std::vector<StoredFile> files;
  std::vector<SideFile> side_files;
  std::vector<StoredTensor> tensors;
};

/// What a tensor adds to the digest of the whole state (core/state_digest.hpp), under the name
/// "<group>/<name>".
Digest state_part(const TensorSpec& tensor, Digest elements);

/// The digest of the whole state. Two checkpoints have the same one if they hold the same tensors, whatever
/// ranks wrote them and wherever the tensors lie.
Digest state_digest(const Manifest& manifest);

/// The manifest as JSON text, guarded by a hash of itself.
std::string to_json(const Manifest& manifest);

/// Reads and checks manifest text. Whoever holds the result may trust it: extents tile their tensors, lie
/// inside their files and do not overlap, names are single path components.
///
/// Throws      CheckpointError naming `path` and the member when the text is damaged, was edited, or has a
///             newer format
Manifest manifest_from_json(std::string_view text, const std::filesystem::path& path);

}  // namespace fullshard::checkpoint
