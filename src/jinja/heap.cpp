#include "fullshard/jinja/heap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "fullshard/core/utf8.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

constexpr size_t kFirstBlock = 16 << 10;
constexpr size_t kLargestBlock = 4 << 20;
constexpr size_t kLongestText = std::numeric_limits<uint32_t>::max();

}  // namespace

Heap::Heap(const Limits& limits)
    : limits_(limits), memory_left_(limits.memory.value), steps_left_(limits.steps) {}

void Heap::add_block(size_t at_least) {
  const size_t usual = blocks_.empty() ? kFirstBlock : std::min(kLargestBlock, blocks_.back().size * 2);
  const size_t size = std::max(usual, at_least);
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
  next_ = blocks_.back().bytes.get();
  end_ = next_ + size;
}

void* Heap::allocate(size_t bytes, size_t alignment) {
  if (bytes > static_cast<size_t>(std::max<int64_t>(memory_left_, 0)))
    fail(ErrorKind::Limit,
         fmt::format(
             "memory: the values take more than {} bytes; give the template less, or raise Limits::memory",
             limits_.memory.value));
  memory_left_ -= static_cast<int64_t>(bytes);
  const auto padding = [&] { return (~reinterpret_cast<uintptr_t>(next_) + 1) & (alignment - 1); };
  if (next_ == nullptr || static_cast<size_t>(end_ - next_) < bytes + padding()) add_block(bytes + alignment);
  std::byte* const at = next_ + padding();
  next_ = at + bytes;
  return at;
}

void Heap::out_of_steps() const {
  fail(ErrorKind::Limit,
       fmt::format("steps: more than {} were needed; give the template less, or raise Limits::steps",
                   limits_.steps));
}

void Heap::clear() {
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
  next_ = blocks_.empty() ? nullptr : blocks_.front().bytes.get();
  end_ = blocks_.empty() ? nullptr : next_ + blocks_.front().size;
  memory_left_ = limits_.memory.value;
  steps_left_ = limits_.steps;
}

Value Heap::string(std::string_view content) {
  spend_on_text(content.size());
  if (content.size() > kLongestText) fail(ErrorKind::Limit, "memory: a text of 4 GiB and more");
  if (first_not_utf8(content))
    fail(ErrorKind::Value, "a text is not UTF-8; recode it, or replace what is broken");
  if (content.empty()) return Value::string({});
  const auto room = text(content.size());
  std::memcpy(room.data(), content.data(), content.size());
  return Value::string({room.data(), room.size()});
}

std::span<Value> Heap::values(size_t count) {
  if (count > kLongestText) fail(ErrorKind::Limit, "memory: a list of 4 billion values and more");
  auto* const first = static_cast<Value*>(allocate(count * sizeof(Value), alignof(Value)));
  std::uninitialized_value_construct_n(first, count);
  spend(static_cast<int64_t>(count / 8));
  return {first, count};
}

std::span<const Value> Heap::copy(std::span<const Value> items) {
  const auto room = values(items.size());
  std::copy(items.begin(), items.end(), room.begin());
  return room;
}

Value Heap::concat(std::string_view left, std::string_view right) {
  if (right.empty()) return Value::string(left);
  if (left.empty()) return Value::string(right);
  if (left.size() + right.size() > kLongestText) fail(ErrorKind::Limit, "memory: a text of 4 GiB and more");
  const auto* const begin = reinterpret_cast<const std::byte*>(left.data());
  const bool left_is_last =
      !blocks_.empty() && begin >= blocks_.back().bytes.get() && begin + left.size() == next_;
  if (left_is_last && static_cast<size_t>(end_ - next_) >= right.size()) {
    spend_on_text(right.size());
    std::memmove(text(right.size()).data(), right.data(), right.size());
    return Value::string({left.data(), left.size() + right.size()});
  }
  spend_on_text(left.size() + right.size());
  const auto room = text(left.size() + right.size());
  std::memcpy(room.data(), left.data(), left.size());
  std::memcpy(room.data() + left.size(), right.data(), right.size());
  return Value::string({room.data(), room.size()});
}

Value Heap::dict(std::span<const DictEntry> entries) {
  return make_dict(*this, entries);
}

}  // namespace fullshard::jinja
