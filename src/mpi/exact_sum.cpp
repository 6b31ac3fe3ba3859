#include "fullshard/mpi/exact_sum.hpp"

#include <cmath>

#include "fullshard/core/exact_sum.hpp"

namespace fullshard::mpi {

double exact_sum(const Communicator& comm, std::span<const double> terms) {
  const double largest = comm.max(largest_magnitude(terms));
  if (!std::isfinite(largest)) return largest;
  ExactSum sum(largest);
  sum.add(terms);
  ExactSum::Words total = sum.part();
  comm.sum(total);
  return sum.value(total);
}

}  // namespace fullshard::mpi
