#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// Every rank's values, rank by rank; each may have as many as it likes.
///
/// Collective  over `comm`
template <class T>
std::vector<std::vector<T>> gather(const Communicator& comm, std::span<const T> mine) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::string packed(reinterpret_cast<const char*>(mine.data()), mine.size_bytes());
  std::vector<std::vector<T>> all;
  for (const std::string& bytes : comm.all_gather(packed)) {
    auto& values = all.emplace_back(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return all;
}

/// The same, end to end.
template <class T>
std::vector<T> gather_flat(const Communicator& comm, std::span<const T> mine) {
  std::vector<T> all;
  for (const std::vector<T>& values : gather(comm, mine)) all.insert(all.end(), values.begin(), values.end());
  return all;
}

}  // namespace fullshard::mpi
