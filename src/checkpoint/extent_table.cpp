#include "checkpoint/extent_table.hpp"

#include <algorithm>
#include <tuple>

#include "fullshard/core/check.hpp"
#include "fullshard/mpi/gather.hpp"

namespace fullshard::checkpoint {

void check_coverage(const ExtentTable& table, std::span<const TensorSpec> tensors) {
  std::vector<TableEntry> all;
  for (const auto& rank : table) all.insert(all.end(), rank.begin(), rank.end());
  std::sort(all.begin(), all.end(), [](const TableEntry& a, const TableEntry& b) {
    return std::tie(a.tensor, a.first) < std::tie(b.tensor, b.first);
  });
  size_t i = 0;
  for (size_t t = 0; t < tensors.size(); ++t) {
    Elems at;
    for (; i < all.size() && all[i].tensor == static_cast<int64_t>(t); ++i) {
      FS_CHECK(all[i].first == at && all[i].count.value > 0,
               "checkpoint of {}/{}: the next extent should begin at element {}, [{}, +{}) was given",
               tensors[t].group, tensors[t].name, at.value, all[i].first.value, all[i].count.value);
      at += all[i].count;
    }
    FS_CHECK(at == tensors[t].count(), "checkpoint of {}/{}: {} of {} elements are given", tensors[t].group,
             tensors[t].name, at.value, tensors[t].count().value);
  }
  FS_CHECK(i == all.size(), "an extent of tensor {} of {}", all[i].tensor, tensors.size());
}

ExtentTable exchange_extents(const mpi::Communicator& comm, std::span<const TableEntry> mine) {
  return mpi::gather(comm, mine);
}

}  // namespace fullshard::checkpoint
