#pragma once
// The digest of a model directory, and model.digest.json, in which an export says what it should be. The
// safetensors files themselves carry nothing: they are what any other writer would make of the same tensors.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/convert/safetensors.hpp"
#include "fullshard/core/hash.hpp"

namespace fullshard::convert {

inline constexpr std::string_view kDigestName = "model.digest.json";

/// digest_of all elements of a tensor as they are stored, read in pieces of a few MiB; of its bytes where the
/// dtype is one that we do not compute with.
Digest digest_of(const SafetensorsFile& file, const TensorInfo& tensor);

struct TensorDifference {
  std::string tensor;
  std::string what;  ///< goes on after the tensor's name
};

/// What each tensor of a model adds to its digest, by name; tensors may come from any number of files.
class ModelDigest {
 public:
  /// `elements` is the tensor's digest_of.
  void add(const TensorInfo& tensor, Digest elements);
  /// core/state_digest.hpp over all tensors.
  Digest total() const;
  /// Text of model.digest.json.
  std::string to_json() const;

  /// What the directory's model.digest.json says; nothing where there is none. Throws ModelError when it is
  /// damaged or of a newer format: the sum of its tensors must be the digest that it gives.
  static std::optional<ModelDigest> recorded_in(const std::filesystem::path& directory);

  /// Each tensor that is not as recorded: other bits, dtype or shape, missing, or not known there.
  std::vector<TensorDifference> differences_from(const ModelDigest& recorded) const;

 private:
  std::map<std::string, Digest, std::less<>> parts_;
};

}  // namespace fullshard::convert
