// How fast do ranks of one node gather and reduce, beside the MPI library's own collectives?
//
//   mpirun -n RANKS collectives_bench [MiB …]
//
// Each size in turn: one call of each body after the other, several rounds, the median of the slowest rank.
// Sizes are those of the whole (what is gathered, what is reduced). Results are verified once per body and
// size. Prints a line of JSON each: algorithm bandwidth is size / time, bus bandwidth counts what each rank
// must move at the least, (n − 1)/n of it.

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "fullshard/comm/collectives.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/mpi/environment.hpp"
#include "mpi/native.hpp"

namespace fullshard {

namespace {

constexpr int kRounds = 15;

struct Contender {
  std::string body, operation;
  std::function<void()> run;
  std::function<bool()> verify;
  std::vector<double> seconds;
};

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

float value_of(int rank, int64_t i) {
  return static_cast<float>((i * 3 + rank) % 17);
}

/// Memory of one size: sources that differ by rank, and targets.
class Arena {
 public:
  Arena(comm::Collectives& c, int64_t whole)
      : slice_{whole / c.size()},
        source_(c.allocate({whole}, DType::F32, comm::Sharing::Own)),
        target_(c.allocate({whole}, DType::F32, comm::Sharing::Own)),
        common_(c.allocate({whole}, DType::F32, comm::Sharing::Common)) {
    const auto s = source_->span().as<float>();
    for (int64_t i = 0; i < whole; ++i) s[static_cast<size_t>(i)] = value_of(c.rank(), i);
  }
  Elems slice() const { return slice_; }
  DeviceSpan source() const { return source_->span(); }
  DeviceSpan target() const { return target_->span(); }
  DeviceSpan common() const { return common_->span(); }

 private:
  Elems slice_;
  comm::RegionHandle source_, target_, common_;
};

bool is_gathered(DeviceSpan whole, Elems slice, int ranks) {
  for (int r = 0; r < ranks; ++r)
    for (int64_t i = 0; i < slice.value; ++i)
      if (whole.as<float>()[static_cast<size_t>(r * slice.value + i)] != value_of(r, i)) return false;
  return true;
}

bool is_reduced(DeviceSpan part, int rank, int ranks) {
  for (int64_t i = 0; i < part.count.value; ++i) {
    float sum = 0;
    for (int r = 0; r < ranks; ++r) sum += value_of(r, rank * part.count.value + i);
    if (part.as<float>()[static_cast<size_t>(i)] != sum) return false;
  }
  return true;
}

std::vector<Contender> contenders(comm::Collectives& ours, const Arena& a, MPI_Comm comm) {
  const int rank = ours.rank(), ranks = ours.size();
  const auto count = static_cast<int>(a.slice().value);
  const DeviceSpan part = a.target().slice({0}, a.slice()), mine = a.source().slice({0}, a.slice());
  const Elems slice = a.slice();
  const auto gathered = [=](DeviceSpan whole) { return [=] { return is_gathered(whole, slice, ranks); }; };
  const auto reduced = [=] { return is_reduced(part, rank, ranks); };
  return {
      {"fullshard",
       "reduce_scatter",
       [=, &ours, &a] { ours.reduce_scatter(part, a.source(), {}); },
       reduced,
       {}},
      {"mpi",
       "reduce_scatter",
       [=, &a] {
         mpi::check(MPI_Reduce_scatter_block(a.source().data, part.data, count, MPI_FLOAT, MPI_SUM, comm),
                    "MPI_Reduce_scatter_block");
       },
       reduced,
       {}},
      {"fullshard",
       "all_gather",
       [=, &ours, &a] { ours.all_gather(a.target(), mine); },
       gathered(a.target()),
       {}},
      {"fullshard into common memory",
       "all_gather",
       [=, &ours, &a] {
         ours.settle();
         ours.all_gather(a.common(), mine);
       },
       gathered(a.common()),
       {}},
      {"mpi",
       "all_gather",
       [=, &a] {
         mpi::check(MPI_Allgather(mine.data, count, MPI_FLOAT, a.target().data, count, MPI_FLOAT, comm),
                    "MPI_Allgather");
       },
       gathered(a.target()),
       {}},
  };
}

void bench(int64_t mebibytes, comm::Collectives& ours, const mpi::Communicator& world) {
  const int64_t whole = mebibytes * 262'144;
  const Arena arena(ours, whole);
  std::vector<Contender> all = contenders(ours, arena, world.native().comm);
  for (int round = 0; round < kRounds + 1; ++round)
    for (Contender& c : all) {
      world.barrier();
      const Stopwatch watch;
      c.run();
      const double slowest = world.max(watch.seconds());
      if (round == 0 && world.min(int64_t{c.verify()}) == 0)
        throw CommError(c.operation, c.body + " gives a wrong result");
      if (round > 0) c.seconds.push_back(slowest);
    }
  for (const Contender& c : all) {
    const double seconds = median(c.seconds), rate = static_cast<double>(whole) * 4 / seconds / 1e9;
    if (world.rank() == 0)
      std::printf(
          "{\"operation\": \"%s\", \"body\": \"%s\", \"ranks\": %d, \"mib\": %lld, \"median_ms\": %.3f, "
          "\"algorithm_gb_s\": %.2f, \"bus_gb_s\": %.2f}\n",
          c.operation.c_str(), c.body.c_str(), world.size(), static_cast<long long>(mebibytes), seconds * 1e3,
          rate, rate * (world.size() - 1) / world.size());
  }
}

}  // namespace

}  // namespace fullshard

int main(int argc, char** argv) {
  using namespace fullshard;
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world = mpi::Communicator::world();
  std::vector<int64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.empty()) sizes = {1, 4, 16, 64, 128};
  const comm::GiveUp never;
  const auto ours = comm::make_shared_memory_collectives(world.split(0, world.rank()), never);
  for (const int64_t size : sizes) bench(size, *ours, world);
}
