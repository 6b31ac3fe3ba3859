#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard::tokenize {

/// Tokens and their ids, both ways. Ids may have holes.
class Vocabulary {
 public:
  /// Larger ids are refused before anything is allocated for them.
  static constexpr int64_t kLargestId = (int64_t{1} << 24) - 1;

  enum class Added : uint8_t { Yes, IdOutOfRange, IdTaken };

  void reserve(int64_t tokens, int64_t bytes);
  Added add(std::string_view token, int64_t id);

  std::optional<int32_t> id_of(std::string_view token) const;
  /// The token of `id`, or nothing where no token has it.
  std::optional<std::string_view> token_of(int64_t id) const;
  /// Largest id plus one.
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  /// Number of tokens.
  int64_t count() const { return count_; }

 private:
  struct Entry {
    uint64_t offset = 0;
    int64_t length = -1;  // -1: no token has this id
  };
  size_t slot_of(std::string_view token) const;
  void grow(size_t slots);

  std::string text_;
  std::vector<Entry> entries_;  // by id
  std::vector<int32_t> slots_;  // open addressing, -1 is free; the size is a power of two
  int64_t count_ = 0;
};

}  // namespace fullshard::tokenize
