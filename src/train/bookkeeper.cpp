#include "fullshard/train/bookkeeper.hpp"

#include <fmt/format.h>

#include "fullshard/core/check.hpp"

namespace fullshard::train {

namespace {

void sum_over_ranks(const mpi::Communicator& world, data::Books& books) {
  std::vector<int64_t> counts;
  std::vector<Digest> hashes;
  for (const data::Tally& t : books) {
    counts.insert(counts.end(), {t.samples, t.tokens, t.trained});
    hashes.push_back(t.hash);
  }
  world.sum(std::span<int64_t>(counts));
  world.sum(std::span<Digest>(hashes));
  for (size_t s = 0; s < books.size(); ++s)
    books[s] = {counts[3 * s], counts[3 * s + 1], counts[3 * s + 2], hashes[s]};
}

std::string text(const data::Books& books) {
  const data::Tally t = data::total(books);
  return fmt::format("{} samples, {} tokens, hash {}", t.samples, t.tokens, t.hash.hex());
}

}  // namespace

const data::Books& Bookkeeper::all() {
  sum_over_ranks(world_, mine_);
  data::add(all_, mine_);
  mine_ = data::Books(all_.size());
  return all_;
}

void Bookkeeper::check(data::Books planned, const std::string& of_what) {
  sum_over_ranks(world_, planned);
  FS_CHECK(data::balanced(all(), planned), "the books of {} do not balance: planned {}, trained {}", of_what,
           text(planned), text(all_));
}

void Bookkeeper::turn_over() {
  all_ = mine_ = data::Books(all_.size());
}

}  // namespace fullshard::train
