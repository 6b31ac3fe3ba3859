#include "fullshard/comm/collectives.hpp"

#include <vector>

#include "support/judge.hpp"

namespace fullshard::comm {

using test::judge_all_ranks;
using test::world;

namespace {

std::unique_ptr<Collectives> world_collectives() {
  return make_mpi_collectives(world().split(0, world().rank()));
}

// Integers below 2^20 in floating point: sums are exact, so results are compared for equality.
double element(int rank, int64_t i) {
  return static_cast<double>((i * 7 + rank * 13) % 1000);
}

const std::vector<int64_t> kSliceSizes = {1, 2048, (int64_t{1} << 24) + 2048};

}  // namespace

TEST(Collectives, all_gather_puts_slices_in_rank_order_in_place_or_not) {
  const auto c = world_collectives();
  for (const int64_t n : kSliceSizes) {
    std::vector<float> mine(static_cast<size_t>(n)), all(static_cast<size_t>(n * c->size()), -1);
    for (int64_t i = 0; i < n; ++i) mine[static_cast<size_t>(i)] = static_cast<float>(element(c->rank(), i));

    c->all_gather(device_span(std::span(all)), device_span(std::span<const float>(mine)));

    judge_all_ranks(
        [&] {
          for (int r = 0; r < c->size(); ++r)
            for (int64_t i = 0; i < n; ++i)
              if (all[static_cast<size_t>(r * n + i)] != static_cast<float>(element(r, i))) return false;
          return true;
        },
        "all_gather of " + std::to_string(n));
  }
}

TEST(Collectives, reduce_scatter_sums_and_adds_or_overwrites) {
  const auto c = world_collectives();
  for (const int64_t n : kSliceSizes)
    for (const Accumulate mode : {Accumulate::Overwrite, Accumulate::Add}) {
      std::vector<double> src(static_cast<size_t>(n * c->size())), dst(static_cast<size_t>(n), 5);
      for (size_t i = 0; i < src.size(); ++i) src[i] = element(c->rank(), static_cast<int64_t>(i));

      c->reduce_scatter(device_span(std::span(dst)), device_span(std::span<const double>(src)), mode);

      judge_all_ranks(
          [&] {
            for (int64_t i = 0; i < n; ++i) {
              double sum = mode == Accumulate::Add ? 5 : 0;
              for (int r = 0; r < c->size(); ++r) sum += element(r, c->rank() * n + i);
              if (dst[static_cast<size_t>(i)] != sum) return false;
            }
            return true;
          },
          "reduce_scatter of " + std::to_string(n));
    }
}

TEST(Collectives, all_reduce_sums_on_every_rank) {
  const auto c = world_collectives();
  std::vector<float> v(5000);
  for (size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<float>(element(c->rank(), static_cast<int64_t>(i)));

  c->all_reduce(device_span(std::span(v)));

  judge_all_ranks([&] {
    for (size_t i = 0; i < v.size(); ++i) {
      double sum = 0;
      for (int r = 0; r < c->size(); ++r) sum += element(r, static_cast<int64_t>(i));
      if (v[i] != static_cast<float>(sum)) return false;
    }
    return true;
  });
}

}  // namespace fullshard::comm
