#pragma once
// Adds gradients in the order of a binary tree over their index, as they come: a binary counter whose digits
// are sums of 1, 2, 4, … of them.
//
//   after 0        [0]
//   after 1        [ ] [0+1]
//   after 2        [2] [0+1]
//   finish with 3          (0+1) + (2+3)

#include <vector>

#include "fullshard/device/buffer.hpp"
#include "fullshard/device/stream.hpp"

namespace fullshard::shard {

class GradStack {
 public:
  /// Keeps `gradient`, the next one, which becomes garbage. Both functions launch on the stream, if on a GPU.
  void push(DeviceSpan gradient, const device::Stream& stream);

  /// Leaves the sum of all that was pushed, and of `gradient` if it is a last one, in `gradient`; empty
  /// afterwards. False if there was nothing: `gradient` is garbage then.
  bool finish(DeviceSpan gradient, bool is_one, const device::Stream& stream);

  /// Sums that are kept at most between `micro_steps` of them.
  static int most_digits(int64_t micro_steps);

 private:
  struct Digit {
    device::Buffer sum;
    bool is_set = false;
  };
  std::vector<Digit> digits_;
};

}  // namespace fullshard::shard
