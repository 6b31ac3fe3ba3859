#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/prepare/columns.hpp"

namespace fullshard::prepare {

/// Where the rows of one source are and how they are to be read.
struct SourceFiles {
  std::string name;  ///< as the run file has it
  std::vector<std::filesystem::path> files;
  RowFormat format;
  /// Of the registry: so many samples in an epoch, some more than once where there are fewer.
  std::optional<int64_t> num_samples;
};

/// An entry of a registry.
struct RegistryEntry {
  std::filesystem::path path;  ///< a file or directory
  RowFormat format;
  std::optional<int64_t> num_samples;
  std::string refusal;  ///< why it cannot be used, or empty
};

/// `dataset_info.json`, LLaMA-Factory's registry of data sets. Entries are judged when they are used: a
/// registry may name much that is not here.
///
/// Source  LLaMA-Factory, src/llamafactory/data/parser.py and data/README.md
class Registry {
 public:
  /// Nothing is known.
  Registry() = default;

  std::vector<std::string> names() const;
  /// Throws ConfigError where the entry is on a network or of another kind of training, has a key that we do
  /// not know, or where its files are not there. `key` is that of the run file.
  SourceFiles source(std::string_view name, const std::string& key) const;

 private:
  friend Registry load_registry(const std::filesystem::path& directory);
  std::map<std::string, RegistryEntry, std::less<>> entries_;
};

/// Reads `directory`/dataset_info.json. Throws ConfigError of the key dataset_dir.
Registry load_registry(const std::filesystem::path& directory);

/// What an entry's path leads to, else its name in the registry; a name with a slash is none. Files that are
/// no registry's have `format`; its stage counts for all. Throws ConfigError of the key `key` that names the
/// nearest name.
SourceFiles find_source(const config::DatasetEntry& entry, const Registry& registry, const RowFormat& format,
                        const std::string& key);

/// A file, or the files of a directory in the order of their names, hidden ones left out. DataError where
/// there is none, or where it has directories inside.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& path);

}  // namespace fullshard::prepare
