#pragma once

namespace fullshard::tensor {

/// Makes ATen keep large host buffers for the next tensors, in huge pages. A step allocates the same sizes
/// again and again; returning them to the system costs a page fault and 4 KiB of zeroes per page, 20 to 30 %
/// of a step with glibc's malloc. Buffers are split and merged: one that was kept for activations serves the
/// logits, too.
///
/// Effect  process-wide, from the call on; called once by main. Beyond the largest amount ever in use at most
/// a
///         quarter of it (at least 64 MiB) is kept, as far as whole mappings are unused
void use_caching_allocator();

}  // namespace fullshard::tensor
