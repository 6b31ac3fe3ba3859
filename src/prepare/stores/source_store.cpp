#include "fullshard/prepare/source_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <regex>

#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/mpi/require_same.hpp"
#include "prepare/reading/file_states.hpp"
#include "prepare/stores/store_key.hpp"
#include "prepare/stores/store_maker.hpp"

namespace fullshard::prepare {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::hours kAbandoned{24};

// What a killed job left, and no other file that somebody keeps here. A living job writes all the time.
void remove_abandoned(const fs::path& directory) {
  const std::regex partial(R"([0-9a-f]{32}\.tokens\.partial-[0-9a-f]{16})");
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (!std::regex_match(entry.path().filename().string(), partial)) continue;
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

/// A place for a store in the making, and the directory where it is missing. Whatever is not renamed goes.
class Partial {
 public:
  Partial(const fs::path& path, const mpi::Communicator& world)
      : path_(path.string() + ".partial-" + world.broadcast(random_name())) {
    mpi::on_rank_zero(world, [&] {
      std::error_code error;
      made_directory_ = fs::create_directories(path_.parent_path(), error);
      if (error)
        throw ConfigError("tokenized_path", fmt::format("tokenized_path: {} cannot be made: {}",
                                                        path_.parent_path().string(), error.message()));
      remove_abandoned(path_.parent_path());
    });
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  ~Partial() {
    std::error_code ignored;
    fs::remove(path_, ignored);  // by all ranks: a directory that is not shared is an error, and left clean
    if (made_directory_) fs::remove(path_.parent_path(), ignored);  // if it is empty
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool made_directory_ = false;
};

/// Other files, or others read in another way, would become one store in parts.
void require_same_source(const SourceFiles& source, const FileStates& states, const StoreOptions& options,
                         const mpi::Communicator& world) {
  std::string lines;
  for (size_t i = 0; i < source.files.size(); ++i)
    lines += fmt::format("{} of {} bytes\n", source.files[i].filename().string(), states.bytes(i));
  lines += fmt::format("num_samples {}\n", source.num_samples.value_or(0));
  mpi::require_same(world, source.name, lines + key_text(source, options), ExitCode::Refused);
}

}  // namespace

std::string progress_text(const MakingProgress& p) {
  const double rate = static_cast<double>(p.bytes_done) / std::max(p.seconds, 1e-3);
  return fmt::format("{}: {} of {} MB, {:.1f} MB/s, ETA {}", p.source, p.bytes_done / 1'000'000,
                     p.bytes / 1'000'000, rate / 1e6,
                     human_duration(static_cast<double>(p.bytes - p.bytes_done) / std::max(rate, 1.0)));
}

data::TokenStore source_store(const SourceFiles& source, const StoreOptions& wishes,
                              const mpi::Communicator& world) {
  const FileStates states = mpi::together(world, [&] { return FileStates(source.files); });
  require_same_source(source, states, wishes, world);
  StoreOptions options = wishes;
  options.threads = static_cast<int>(world.min(int64_t{wishes.threads}));  // who reads which piece follows
  const Digest key = store_key(source, states, options, world);
  const fs::path path = options.directory / (key.hex() + ".tokens");
  if (auto store = whole_store(path, key, options, world)) return std::move(*store);
  {
    const Partial partial(path, world);
    StoreMaker(source, states, options, world, key).make(partial.path(), path);
  }
  world.barrier();
  // Several nodes have written parts of pages of one file: not every file system keeps them apart.
  if (auto store = whole_store(path, key, options, world)) return std::move(*store);
  mpi::on_rank_zero(world, [&] {
    std::error_code ignored;
    fs::remove(path, ignored);
  });
  throw IoError(path, -1,
                "is not what was written; if several nodes wrote it, run `fullshard prepare` on one node, or "
                "put tokenized_path on another file system, which all of them see");
}

}  // namespace fullshard::prepare
