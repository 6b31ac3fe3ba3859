#include "tokenize/vocabulary.hpp"

#include <bit>
#include <functional>

namespace fullshard::tokenize {

void Vocabulary::reserve(int64_t tokens, int64_t bytes) {
  entries_.reserve(static_cast<size_t>(tokens));
  text_.reserve(static_cast<size_t>(bytes));
  grow(std::bit_ceil(static_cast<size_t>(tokens) * 2 + 16));
}

size_t Vocabulary::slot_of(std::string_view token) const {
  const size_t mask = slots_.size() - 1;
  for (size_t s = std::hash<std::string_view>{}(token)&mask;; s = (s + 1) & mask)
    if (slots_[s] < 0 || token_of(slots_[s]) == token) return s;
}

void Vocabulary::grow(size_t slots) {
  slots_.assign(slots, -1);
  for (size_t id = 0; id < entries_.size(); ++id)
    if (entries_[id].length >= 0)
      slots_[slot_of(*token_of(static_cast<int64_t>(id)))] = static_cast<int32_t>(id);
}

Vocabulary::Added Vocabulary::add(std::string_view token, int64_t id) {
  if (id < 0 || id > kLargestId) return Added::IdOutOfRange;
  if (token_of(id)) return Added::IdTaken;
  if (static_cast<size_t>(count_ + 1) * 2 > slots_.size()) grow(std::bit_ceil(slots_.size() * 2 + 16));
  if (id >= size()) entries_.resize(static_cast<size_t>(id) + 1);
  entries_[static_cast<size_t>(id)] = {text_.size(), static_cast<int64_t>(token.size())};
  text_ += token;
  slots_[slot_of(token)] = static_cast<int32_t>(id);
  ++count_;
  return Added::Yes;
}

std::optional<int32_t> Vocabulary::id_of(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const int32_t id = slots_[slot_of(token)];
  return id < 0 ? std::nullopt : std::optional(id);
}

std::optional<std::string_view> Vocabulary::token_of(int64_t id) const {
  if (id < 0 || id >= size() || entries_[static_cast<size_t>(id)].length < 0) return std::nullopt;
  const Entry& e = entries_[static_cast<size_t>(id)];
  return std::string_view(text_).substr(e.offset, static_cast<size_t>(e.length));
}

}  // namespace fullshard::tokenize
