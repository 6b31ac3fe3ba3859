#include "fullshard/comm/collectives.hpp"

#include <functional>
#include <vector>

#include "fullshard/core/rng.hpp"
#include "mpi/comm/bodies.hpp"
#include "support/judge.hpp"

namespace fullshard::comm {

using test::judge_all_ranks;
using test::world;

namespace {

const GiveUp kNever;

std::vector<Body> bodies() {
  const auto group = [] { return world().split(0, world().rank()); };
  std::vector<Body> all;
  all.push_back({"mpi", make_mpi_collectives(group(), kNever)});
  all.push_back({"mpi in pieces", make_mpi_collectives(group(), kNever, {.piece = {12'345}})});
  all.push_back({"shared memory", make_shared_memory_collectives(group(), kNever)});
  if (world().size() == 1) all.push_back({"local", make_local_collectives()});
  for (Body& body : gpu_bodies()) all.push_back(std::move(body));
  return all;
}

// Integers below 2^20 in floating point: sums are exact, so results are compared for equality.
double element(int rank, int64_t i) {
  return static_cast<double>((i * 7 + rank * 13) % 1000);
}

/// Plain memory or a region.
class Memory {
 public:
  Memory(Collectives& c, Elems count, DType dtype, int kind) {
    if (kind == 0) {
      plain_.resize(static_cast<size_t>(bytes(count, dtype).value));
      span_ = {plain_.data(), count, dtype};
    } else {
      region_ = c.allocate(count, dtype, kind == 1 ? Sharing::Own : Sharing::Common);
      span_ = region_->span();
    }
  }
  DeviceSpan span() const { return span_; }
  template <class T>
  std::span<T> as() const {
    return span_.as<T>();
  }

 private:
  std::vector<std::byte> plain_;
  RegionHandle region_;
  DeviceSpan span_;
};

constexpr const char* kKinds[] = {"plain", "own", "common"};
const std::vector<int64_t> kSliceSizes = {1, 2048, (int64_t{1} << 20) + 2048};

bool holds_all_slices(std::span<const float> all, int ranks) {
  const auto n = static_cast<int64_t>(all.size()) / ranks;
  for (int r = 0; r < ranks; ++r)
    for (int64_t i = 0; i < n; ++i)
      if (all[static_cast<size_t>(r * n + i)] != static_cast<float>(element(r, i))) return false;
  return true;
}

}  // namespace

TEST(Collectives, all_gather_puts_slices_in_rank_order_from_any_memory_to_any) {
  for (Body& body : bodies())
    for (const int64_t n : kSliceSizes)
      for (int from = 0; from < 2; ++from)
        for (int to = 0; to < 3; ++to) {
          Collectives& c = *body.c;
          const Memory mine(c, {n}, DType::F32, from), all(c, {n * c.size()}, DType::F32, to);
          for (int64_t i = 0; i < n; ++i)
            mine.as<float>()[static_cast<size_t>(i)] = static_cast<float>(element(c.rank(), i));

          c.all_gather(all.span(), mine.span());

          judge_all_ranks([&] { return holds_all_slices(all.as<float>(), c.size()); },
                          body.name + ", " + kKinds[from] + " to " + kKinds[to]);
        }
}

TEST(Collectives, all_gather_in_place) {
  for (Body& body : bodies())
    for (const int64_t n : kSliceSizes)
      for (int kind = 0; kind < 3; ++kind) {
        Collectives& c = *body.c;
        const Memory all(c, {n * c.size()}, DType::F32, kind);
        const DeviceSpan mine = all.span().slice({n * c.rank()}, {n});
        for (int64_t i = 0; i < n; ++i)
          mine.as<float>()[static_cast<size_t>(i)] = static_cast<float>(element(c.rank(), i));

        c.all_gather(all.span(), mine);

        judge_all_ranks([&] { return holds_all_slices(all.as<float>(), c.size()); },
                        body.name + ", " + kKinds[kind]);
      }
}

TEST(Collectives, reduce_scatter_sums_those_present_and_adds_or_overwrites) {
  for (Body& body : bodies())
    for (const int64_t n : kSliceSizes)
      for (const Accumulate mode : {Accumulate::Overwrite, Accumulate::Add})
        for (int kind = 0; kind < 2; ++kind)
          for (int present = 1; present <= world().size(); ++present) {
            Collectives& c = *body.c;
            const Memory src(c, {n * c.size()}, DType::F64, kind);
            for (int64_t i = 0; i < n * c.size(); ++i)
              src.as<double>()[static_cast<size_t>(i)] = element(c.rank(), i);
            std::vector<double> dst(static_cast<size_t>(n), 5);

            c.reduce_scatter(device_span(std::span(dst)), src.span(), {mode, present});

            judge_all_ranks(
                [&] {
                  for (int64_t i = 0; i < n; ++i) {
                    double sum = mode == Accumulate::Add ? 5 : 0;
                    for (int r = 0; r < present; ++r) sum += element(r, c.rank() * n + i);
                    if (dst[static_cast<size_t>(i)] != sum) return false;
                  }
                  return true;
                },
                body.name + ", " + kKinds[kind] + ", " + std::to_string(present) + " present");
          }
}

TEST(Collectives, reduce_scatter_into_a_part_of_its_source) {
  for (Body& body : bodies())
    for (int kind = 0; kind < 2; ++kind) {
      Collectives& c = *body.c;
      const int64_t n = 5000;
      const Memory src(c, {n * c.size()}, DType::F64, kind);
      for (int64_t i = 0; i < n * c.size(); ++i)
        src.as<double>()[static_cast<size_t>(i)] = element(c.rank(), i);
      const DeviceSpan mine = src.span().slice({n * c.rank()}, {n});

      c.reduce_scatter(mine, src.span(), {});

      judge_all_ranks(
          [&] {
            for (int64_t i = 0; i < n; ++i) {
              double sum = 0;
              for (int r = 0; r < c.size(); ++r) sum += element(r, c.rank() * n + i);
              if (mine.as<double>()[static_cast<size_t>(i)] != sum) return false;
            }
            return true;
          },
          body.name + ", " + kKinds[kind]);
    }
}

TEST(Collectives, every_body_adds_in_the_same_order) {
  const int64_t n = 3000;
  std::vector<std::vector<float>> sums;
  for (Body& body : bodies())
    for (int kind = 0; kind < 2; ++kind) {
      Collectives& c = *body.c;
      const Memory src(c, {n * c.size()}, DType::F32, kind);
      const CounterRng rng(5, static_cast<uint64_t>(c.rank()));
      for (int64_t i = 0; i < n * c.size(); ++i)
        src.as<float>()[static_cast<size_t>(i)] = static_cast<float>(rng.normal(static_cast<uint64_t>(i)));
      std::vector<float>& dst = sums.emplace_back(static_cast<size_t>(n));
      c.reduce_scatter(device_span(std::span(dst)), src.span(), {});
    }

  judge_all_ranks([&] {
    for (const auto& sum : sums)
      if (sum != sums[0]) return false;
    return true;
  });
}

TEST(Collectives, nobody_present_leaves_everything_as_it_was) {
  for (Body& body : bodies()) {
    std::vector<float> src(static_cast<size_t>(10 * world().size()), 1), dst(10, 3);

    body.c->reduce_scatter(device_span(std::span(dst)), device_span(std::span<const float>(src)),
                           {Accumulate::Overwrite, 0});

    judge_all_ranks([&] { return dst == std::vector<float>(10, 3); }, body.name);
  }
}

// Each rounded once to 8 bits: the sum of R terms is off by at most R · 2⁻⁹ of the largest.
TEST(Collectives, bf16_transfer_rounds_each_term_once_and_adds_in_fp32) {
  const auto c =
      make_mpi_collectives(world().split(0, world().rank()), kNever, {.sum_transfer = DType::BF16});
  const int64_t n = 4000;
  std::vector<float> src(static_cast<size_t>(n * c->size())), dst(static_cast<size_t>(n));
  const auto value = [](int rank, int64_t i) { return static_cast<float>(1 + element(rank, i) / 1000); };
  for (int64_t i = 0; i < n * c->size(); ++i) src[static_cast<size_t>(i)] = value(c->rank(), i);

  c->reduce_scatter(device_span(std::span(dst)), device_span(std::span<const float>(src)), {});

  judge_all_ranks([&] {
    bool rounded = false;
    for (int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (int r = 0; r < c->size(); ++r) sum += value(r, c->rank() * n + i);
      const double off = std::abs(dst[static_cast<size_t>(i)] - sum);
      if (off > c->size() * 2.0 / 512) return false;
      rounded = rounded || off > 1e-4;
    }
    return rounded || c->size() == 1;
  });
}

TEST(Collectives, all_combine_puts_together_what_single_ranks_have) {
  for (Body& body : bodies()) {
    Collectives& c = *body.c;
    const int64_t n = (int64_t{1} << 19) + 77;  // several pieces of every body
    std::vector<float> v(static_cast<size_t>(n), 0.0f);
    for (int64_t i = c.rank(); i < n; i += c.size()) v[static_cast<size_t>(i)] = -static_cast<float>(i % 100);
    for (int64_t i = 0; i < n / 3; ++i)
      v[static_cast<size_t>(i)] = -static_cast<float>(i % 100);  // all alike

    c.all_combine(device_span(std::span(v)));

    judge_all_ranks(
        [&] {
          for (int64_t i = 0; i < n; ++i) {
            const float expected = -static_cast<float>(i % 100);
            if (std::signbit(v[static_cast<size_t>(i)]) != std::signbit(expected) ||
                v[static_cast<size_t>(i)] != expected)
              return false;
          }
          return true;
        },
        body.name);
  }
}

TEST(Collectives, a_common_region_is_one_memory_where_the_body_says_so) {
  for (Body& body : bodies()) {
    Collectives& c = *body.c;
    const RegionHandle region = c.allocate({c.size()}, DType::I64, Sharing::Common);
    const auto mine = region->span().as<int64_t>();
    for (int r = 0; r < c.size(); ++r) mine[static_cast<size_t>(c.common_memory() ? c.rank() : r)] = -1;
    c.settle();
    world().barrier();

    mine[static_cast<size_t>(c.rank())] = c.rank();
    c.settle();
    world().barrier();

    judge_all_ranks(
        [&] {
          for (int r = 0; r < c.size(); ++r) {
            const bool seen = mine[static_cast<size_t>(r)] == r;
            if (r != c.rank() && seen != c.common_memory()) return false;
          }
          return true;
        },
        body.name);
  }
}

TEST(Collectives, whoever_waits_for_peers_that_will_not_come_can_be_told_to_give_up) {
  GiveUp give_up;
  const auto c = make_shared_memory_collectives(world().split(0, world().rank()), give_up);
  if (world().size() > 1 && world().rank() == 0) {
    give_up.request();
    EXPECT_THROW(c->settle(), CommError);
  }
  world().barrier();
}

}  // namespace fullshard::comm
