#pragma once
// What Python's string methods do, for methods and filters alike. Parts of a text borrow it.

#include <cstdint>
#include <optional>
#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

enum class Side { Both, Left, Right };
/// Without `chars`: white space.
std::string_view stripped(Heap& heap, std::string_view text, std::optional<std::string_view> chars,
                          Side side);

/// str.split and, from the right, str.rsplit. No separator: runs of white space; `most` < 0: as often as
/// there is one.
Value split(Heap& heap, std::string_view text, std::optional<std::string_view> separator, int64_t most,
            Side from);
Value lines_of(Heap& heap, std::string_view text, bool keep_ends);
Value replaced(Heap& heap, std::string_view text, std::string_view old, std::string_view with, int64_t most);
Value joined(Heap& heap, std::string_view separator, std::span<const std::string_view> parts);

/// `left` and `right` times `fill` around the text.
Value padded(Heap& heap, std::string_view text, int64_t left, int64_t right, std::string_view fill);
/// str.center
Value centred(Heap& heap, std::string_view text, int64_t width, std::string_view fill);

}  // namespace fullshard::jinja
