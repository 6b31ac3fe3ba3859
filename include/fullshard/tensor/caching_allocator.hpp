#pragma once

namespace fullshard::tensor {

/// Makes ATen keep large host buffers for the next tensor of about their size, in huge pages where they are
/// large. A step allocates the same sizes again and again; returning them to the system costs a page fault
/// and 4 KiB of zeroes per page, 20 to 30 % of a step with glibc's malloc.
///
/// Effect  process-wide, from the call on; called once by main. What is cached never exceeds a quarter of the
/// largest
///         amount in use (at least 64 MiB), oldest buffers go first
void use_caching_allocator();

}  // namespace fullshard::tensor
