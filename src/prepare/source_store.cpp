#include "fullshard/prepare/source_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/mpi/agree.hpp"
#include "prepare/store_key.hpp"
#include "prepare/store_maker.hpp"

namespace fullshard::prepare {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPartial = ".partial-";
constexpr std::chrono::hours kAbandoned{24};

// What a killed job left. A living one writes all the time.
void remove_abandoned(const fs::path& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename().string().find(kPartial) == std::string::npos) continue;
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ignored);
    if (!ignored && age > kAbandoned) fs::remove(entry.path(), ignored);
  }
}

std::string random_name() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

/// The store, if every sample of it is what was written: each rank reads its share.
std::optional<data::TokenStore> whole_store(const fs::path& path, const Digest& key,
                                            const StoreOptions& options, const mpi::Communicator& world) {
  std::optional<data::TokenStore> store;
  int64_t bad = 0;
  mpi::together(world, [&] {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return void(bad = 1);
    try {
      store = data::TokenStore::open(path);
      if (store->header().key != key) bad = 1;
      std::vector<int32_t> words;
      const int64_t n = store->size(), ranks = world.size();
      for (int64_t i = n * world.rank() / ranks; i < n * (world.rank() + 1) / ranks; ++i) {
        words.clear();
        store->read(i, words);
        if (options.board) options.board->touch();
      }
    } catch (const DataError&) {
      bad = 1;
    }
  });
  if (world.sum(bad) > 0) return std::nullopt;
  return store;
}

/// Removes the file unless it was renamed.
class Partial {
 public:
  Partial(fs::path path, bool mine) : path_(std::move(path)), mine_(mine) {}
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  ~Partial() {
    std::error_code ignored;
    if (mine_) fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool mine_;
};

}  // namespace

std::string progress_text(const MakingProgress& p) {
  const double rate = static_cast<double>(p.bytes_done) / std::max(p.seconds, 1e-3);
  return fmt::format("{}: {} of {} MB, {:.1f} MB/s, ETA {}", p.source, p.bytes_done / 1'000'000,
                     p.bytes / 1'000'000, rate / 1e6,
                     human_duration(static_cast<double>(p.bytes - p.bytes_done) / std::max(rate, 1.0)));
}

data::TokenStore source_store(const SourceFiles& source, const StoreOptions& options,
                              const mpi::Communicator& world) {
  mpi::on_rank_zero(world, [&] {
    std::error_code error;
    fs::create_directories(options.directory, error);
    if (error)
      throw ConfigError("tokenized_path", fmt::format("tokenized_path: {} cannot be made: {}",
                                                      options.directory.string(), error.message()));
    remove_abandoned(options.directory);
  });
  const Digest key = store_key(source, options, world);
  const fs::path path = options.directory / (key.hex() + ".tokens");
  if (auto store = whole_store(path, key, options, world)) return std::move(*store);
  {
    const std::string name = path.string() + kPartial + world.broadcast(random_name());
    const Partial partial(name, world.rank() == 0);
    StoreMaker(source, options, world, key).make(partial.path(), path);
  }
  world.barrier();
  return mpi::together(world, [&] { return data::TokenStore::open(path); });
}

}  // namespace fullshard::prepare
