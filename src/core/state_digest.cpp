#include "fullshard/core/state_digest.hpp"

#include <fmt/format.h>

namespace fullshard {

// A hash of everything together: were the words only added to those of `elements`, two tensors that swap
// their names would leave the sum as it is.
Digest state_part(std::string_view name, std::string_view dtype, std::span<const int64_t> shape,
                  Digest elements) {
  const std::string text = fmt::format("{}\n{}\n{}\n{}", dtype, fmt::join(shape, ","), elements.hex(), name);
  return {hash64(text, 1), hash64(text, 2)};
}

}  // namespace fullshard
