#pragma once
// Memory from which the collectives of a group move data fastest: shared by the ranks of a node, registered
// with a device. Anything else works too, by a copy more.

#include <memory>

#include "fullshard/core/span.hpp"

namespace fullshard::comm {

/// Own: every rank has its own memory, which its peers can read in collectives. Common: the ranks of the
/// group see one memory where Collectives::common_memory(); each writes its own part only.
enum class Sharing { Own, Common };

class Region {
 public:
  virtual ~Region() = default;
  Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  virtual DeviceSpan span() const = 0;
};

/// Move-only handle; empty until assigned.
using RegionHandle = std::unique_ptr<Region>;

}  // namespace fullshard::comm
