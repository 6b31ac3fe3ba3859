#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace fullshard::prepare {

/// The files of a source as they are when it is begun: their sizes, and what tells whether one has been
/// written to since. Data is read more than once, and what a store is called says what was read first.
class FileStates {
 public:
  /// Throws IoError. `files` must live as long as this.
  explicit FileStates(const std::vector<std::filesystem::path>& files);

  int64_t bytes(size_t file) const { return states_[file].bytes; }
  int64_t bytes_of_all() const;
  /// Throws DataError naming a file that has changed or was removed.
  void require_unchanged() const;

 private:
  struct State {
    uint64_t inode;
    int64_t bytes, seconds, nanoseconds;  // the last two: when it was last written to
    bool operator==(const State&) const = default;
  };
  /// None where there is no such file; throws IoError where that cannot be known.
  static std::optional<State> find(const std::filesystem::path& file);

  const std::vector<std::filesystem::path>* files_;
  std::vector<State> states_;
};

}  // namespace fullshard::prepare
