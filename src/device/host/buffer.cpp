#include "fullshard/device/buffer.hpp"

namespace fullshard::device {

Buffer::Buffer(Elems count, DType dtype) : memory_(bytes(count, dtype)), count_(count), dtype_(dtype) {}

}  // namespace fullshard::device
