#include "mpi/comm/bodies.hpp"

namespace fullshard::comm {

std::vector<Body> gpu_bodies() {
  return {};
}

}  // namespace fullshard::comm
