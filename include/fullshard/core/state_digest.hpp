#pragma once
// One digest for many tensors: the sum of the parts that state_part() makes of each. It depends on names,
// dtypes, shapes and bits, and on nothing else: neither on ranks nor on files, nor on any order.

#include <span>
#include <string_view>

#include "fullshard/core/hash.hpp"

namespace fullshard {

/// What a tensor adds to the digest of the state that it belongs to. `elements` is digest_of all its
/// elements, `dtype` as name_of() spells it, or, for types that we do not know, as the file does.
///
/// Definition  hash64(text, 1) and hash64(text, 2) are the low and the high word; text has four lines:
///             dtype, dims with ',' between, elements.hex(), name (last, for it may contain a newline)
Digest state_part(std::string_view name, std::string_view dtype, std::span<const int64_t> shape,
                  Digest elements);

}  // namespace fullshard
