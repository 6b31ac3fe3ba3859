#pragma once

#include <cstddef>
#include <memory>

#include "fullshard/core/sizes.hpp"

namespace fullshard {

inline constexpr Bytes kHugePage{int64_t{2} << 20};

/// Zeroed memory straight from the system, returned to it at the end: such memory never fragments the heap
/// and costs nothing before it is touched. From kHugePage on it starts on a huge page and asks for them.
/// Move-only.
class Pages {
 public:
  Pages() = default;
  /// At least one byte, even for a size of 0. Throws std::bad_alloc.
  explicit Pages(Bytes size);

  std::byte* data() const { return memory_.get(); }

 private:
  struct Release {
    size_t mapped;
    void operator()(std::byte* p) const noexcept;
  };
  std::unique_ptr<std::byte, Release> memory_{nullptr, Release{0}};
};

}  // namespace fullshard
