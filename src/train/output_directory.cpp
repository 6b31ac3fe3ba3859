#include "fullshard/train/output_directory.hpp"

#include <fmt/format.h>

#include "fullshard/checkpoint/catalog.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLockPrefix = ".fullshard-lock-";

void create(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error || !fs::is_directory(dir))
    throw ConfigError("output_dir",
                      fmt::format("output_dir: expected a directory that can be written, found {}: {}",
                                  dir.string(), error ? error.message() : "it is a file"));
}

// A directory that we have used holds a lock file; anything else in it is somebody else's.
void refuse_foreign(const fs::path& dir, bool overwrite) {
  bool empty = true;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().filename().string().starts_with(kLockPrefix)) return;
    empty = false;
  }
  if (!empty && !overwrite)
    throw ConfigError(
        "output_dir",
        fmt::format("output_dir: {} is not empty and holds no run of ours; give another directory, or "
                    "overwrite_output_dir: true to write into it",
                    dir.string()));
}

void discard(const fs::path& dir) {
  for (const auto& c : checkpoint::list_checkpoints(dir)) fs::remove_all(c.path);
  fs::remove_all(dir / "tensorboard");
  fs::remove(dir / "trainer_log.jsonl");
}

checkpoint::OutputLock acquire(const fs::path& dir, const checkpoint::LockRequest& request) {
  try {
    return checkpoint::OutputLock::acquire(dir, request);
  } catch (const IoError& e) {
    throw ConfigError("output_dir", fmt::format("output_dir: cannot be written: {}", e.what()));
  }
}

// The identity that this run has if it continues `stored`: rows per update stay what they were unless the
// file says otherwise.
RunIdentity as_continuation(RunIdentity mine, const config::RunConfig& run, const RunIdentity& stored) {
  if (!run.global_batch_size) mine.global_batch = stored.global_batch;
  return mine;
}

}  // namespace

OutputDirectory open_output_directory(const mpi::Communicator& world, const config::RunConfig& run,
                                      const RunIdentity& identity, const checkpoint::LockRequest& lock) {
  OutputDirectory out;
  out.progress.identity = identity;
  mpi::on_rank_zero(world, [&] {
    create(run.output_dir);
    refuse_foreign(run.output_dir, run.overwrite_output_dir);
    out.lock.emplace(acquire(run.output_dir, lock));
    if (out.lock->taken_over_from()) out.notes.push_back(*out.lock->taken_over_from());
    checkpoint::remove_partials(run.output_dir);
  });

  if (run.resume_from_checkpoint) {
    out.checkpoint = *run.resume_from_checkpoint;
  } else {
    checkpoint::Selection found = checkpoint::newest_valid(world, run.output_dir, checkpoint::Depth::Digests);
    for (std::string& note : found.rejected) out.notes.push_back(std::move(note));
    if (found.newest) out.checkpoint = found.newest->path;
  }
  if (!out.checkpoint) return out;

  const Progress stored = mpi::together(world, [&] {
    const auto reader =
        checkpoint::CheckpointReader::open(*out.checkpoint, {.patience = std::chrono::seconds(60)});
    return progress_from_text(reader.manifest().run.trainer_state, *out.checkpoint);
  });
  const std::string difference = as_continuation(identity, run, stored.identity).difference(stored.identity);
  if (difference.empty()) {
    out.progress = stored;
    return out;
  }
  if (!run.overwrite_output_dir || run.resume_from_checkpoint)
    throw ConfigError(
        "output_dir",
        fmt::format("output_dir: {} is of another run (this one has {}); give another output_dir, or "
                    "overwrite_output_dir: true to discard that run",
                    out.checkpoint->string(), difference));
  mpi::on_rank_zero(world, [&] { discard(run.output_dir); });
  out.notes.push_back(
      fmt::format("discarded another run in {} (this one has {})", run.output_dir.string(), difference));
  out.checkpoint.reset();
  return out;
}

}  // namespace fullshard::train
