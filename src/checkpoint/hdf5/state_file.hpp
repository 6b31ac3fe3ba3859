#pragma once
// The one file that HDF5 makes: names, shapes and types of all tensors with room for their data. The data is
// written later by plain pwrite, at the offsets that come back from here.

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "fullshard/checkpoint/manifest.hpp"

namespace fullshard::checkpoint::hdf5 {

/// Every dataset starts at a multiple of this, so that extents can be written and read without the page
/// cache.
inline constexpr Bytes kAlignment{4096};

struct StateLayout {
  std::vector<Bytes> offsets;  ///< of each tensor's data, in the order given
  Bytes uuid_offset;
};

/// An upper bound of the size of the file that create_state_file makes.
Bytes largest_state_file(std::span<const TensorSpec> tensors);

/// Creates `path` (which may exist: it gets the new size, and what stood where the tensors go stays) with a
/// dataset /<group>/<name> per tensor and a string dataset /uuid. Contiguous, allocated, never filled: the
/// data is undefined until it is written.
///
/// Throws      IoError with HDF5's reason
StateLayout create_state_file(const std::filesystem::path& path, std::string_view uuid,
                              std::span<const TensorSpec> tensors);

}  // namespace fullshard::checkpoint::hdf5
