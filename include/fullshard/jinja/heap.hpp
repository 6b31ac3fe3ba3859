#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "fullshard/jinja/limits.hpp"
#include "fullshard/jinja/value.hpp"

namespace fullshard::jinja {

/// Owns what values point at, until it ends or is cleared, and counts memory and steps against its Limits:
/// every function that makes or goes through values takes it, so no way to spend without bound is left. Not
/// for several threads.
class Heap {
 public:
  explicit Heap(const Limits& limits = {});
  Heap(Heap&&) noexcept = default;
  Heap& operator=(Heap&&) noexcept = default;

  /// A copy; what is not UTF-8 in it is refused.
  Value string(std::string_view text);
  Value list(std::span<const Value> items) { return Value::list(copy(items)); }
  Value tuple(std::span<const Value> items) { return Value::tuple(copy(items)); }
  /// Of equal keys the last one's value stays, at the first one's place.
  Value dict(std::span<const DictEntry> entries);

  /// left + right. A left string that was made last grows in place, so building a text piece by piece takes
  /// linear time.
  Value concat(std::string_view left, std::string_view right);

  /// Uninitialised room.
  std::span<char> text(size_t bytes) { return {static_cast<char*>(allocate(bytes, 1)), bytes}; }
  /// Values that are all Missing.
  std::span<Value> values(size_t count);
  template <typename T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>, "nothing in a heap is ever destroyed");
    return new (allocate(sizeof(T), alignof(T))) T(value);
  }
  void* allocate(size_t bytes, size_t alignment);

  /// Counts work; see Limits::steps.
  void spend(int64_t steps) {
    if ((steps_left_ -= steps) < 0) out_of_steps();
  }
  void spend_on_text(size_t bytes) { spend(1 + static_cast<int64_t>(bytes / 64)); }
  /// Of text whose characters are looked at one by one, which takes longer than passing over them.
  void spend_on_characters(size_t bytes) { spend_on_text(8 * bytes); }

  const Limits& limits() const { return limits_; }
  /// Forgets all values and counts anew; keeps some memory for the next.
  void clear();

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    size_t size;
  };

  std::span<const Value> copy(std::span<const Value> items);
  void add_block(size_t at_least);
  [[noreturn]] void out_of_steps() const;

  Limits limits_;
  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  int64_t memory_left_;
  int64_t steps_left_;
};

}  // namespace fullshard::jinja
