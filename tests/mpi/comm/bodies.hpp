#pragma once
// What the tests of comm/collectives.hpp run on.

#include <memory>
#include <string>
#include <vector>

#include "fullshard/comm/collectives.hpp"

namespace fullshard::comm {

/// A body under test; memory of each kind is filled and read through spans of the host.
struct Body {
  std::string name;
  std::unique_ptr<Collectives> c;
};

/// Those of GPU memory where this program has a device to test them on.
std::vector<Body> gpu_bodies();

}  // namespace fullshard::comm
