#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/convert/safetensors.hpp"

namespace fullshard::convert {

/// The file of a model that is in one piece, and the list of shards of one that is not.
inline constexpr std::string_view kSingleFileName = "model.safetensors";
inline constexpr std::string_view kIndexName = "model.safetensors.index.json";

/// `tie_word_embeddings` of the model's config.json.
enum class Embeddings { Untied, Tied };

/// A tensor that a model needs, under its Hugging Face name.
struct ExpectedTensor {
  std::string name;
  std::vector<int64_t> shape;
};

/// The tensors of a Hugging Face model directory: `model.safetensors`, or, where that is absent, the shards
/// that `model.safetensors.index.json` lists. Index and shards must name the same tensors.
///
/// What transformers loads without a word, this loads too:
/// - `…rotary_emb.inv_freq`, a buffer that old Llama files hold, is left out (it follows from the
/// configuration);
/// - with Embeddings::Tied, `model.embed_tokens.weight` and `lm_head.weight` are one tensor: the file may
/// have
///   either name or both, and `find` and `read` know it by both. Where both are there, `check` compares them:
///   equal is fine; transformers 5 warns and unties two that differ, we refuse, because a tied model would
///   lose one.
class ModelDirectory {
 public:
  /// Throws ModelError naming the file: absent, cut, an index that disagrees with its shards.
  static ModelDirectory open(const std::filesystem::path& directory,
                             Embeddings embeddings = Embeddings::Untied);

  const std::filesystem::path& path() const { return path_; }
  /// Sorted by file name.
  std::span<const SafetensorsFile> files() const { return files_; }
  /// Sorted by name; without those that are left out.
  std::vector<const TensorInfo*> tensors() const;
  /// Of those tensors, as stored.
  Bytes size() const;
  /// Null if there is no such tensor.
  const TensorInfo* find(std::string_view name) const;
  /// Reads elements [first, first + dst.count), converted to dst's dtype. Throws ModelError for an unknown
  /// name.
  void read(std::string_view name, Elems first, DeviceSpan dst) const;
  /// Has the disk fetch the beginning of those elements, which will be read soon; an unknown name is no
  /// error.
  void read_ahead(std::string_view name, Elems first, Elems count) const;
  /// All differences between the directory and what a model needs in one ModelError: missing, unexpected
  /// (with the nearest name of the other kind), other shape, a dtype that cannot be trained.
  void check(std::span<const ExpectedTensor> expected) const;

 private:
  struct Location {
    size_t file;
    const TensorInfo* info;
  };
  ModelDirectory(std::filesystem::path path, std::vector<SafetensorsFile> files, Embeddings embeddings);
  const Location* locate(std::string_view name) const;
  std::string difference_between_tied_copies() const;

  std::filesystem::path path_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Location, std::less<>> index_;
  Embeddings embeddings_;
};

}  // namespace fullshard::convert
