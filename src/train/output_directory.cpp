#include "fullshard/train/output_directory.hpp"

#include <fmt/format.h>

#include "fullshard/checkpoint/catalog.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLockPrefix = ".fullshard-lock-";

void create(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  std::error_code ignored;
  if (error || !fs::is_directory(dir, ignored))
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

// The newest valid checkpoint. Where there are only damaged ones nobody should lose their work by starting
// over unasked. Collective.
std::optional<fs::path> newest_of(const mpi::Communicator& world, const config::RunConfig& run,
                                  std::vector<std::string>& notes) {
  checkpoint::Selection found = checkpoint::newest_valid(world, run.output_dir, checkpoint::Depth::Digests);
  if (found.newest) {
    for (const std::string& reason : found.rejected)
      notes.push_back(fmt::format("WARNING: {}; going on from {}", reason, found.newest->path.string()));
    return found.newest->path;
  }
  if (found.rejected.empty()) return std::nullopt;
  if (!run.overwrite_output_dir)
    throw CheckpointError(
        run.output_dir, fmt::format("expected a whole checkpoint, found {} that cannot be used; give another "
                                    "output_dir, or overwrite_output_dir: true to start over:\n  {}",
                                    found.rejected.size(), fmt::join(found.rejected, "\n  ")));
  mpi::on_rank_zero(world, [&] { discard(run.output_dir); });
  notes.push_back(
      fmt::format("discarded what no run can continue from: {}", fmt::join(found.rejected, "; ")));
  return std::nullopt;
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

  const Stopwatch checking;
  out.checkpoint = run.resume_from_checkpoint ? run.resume_from_checkpoint : newest_of(world, run, out.notes);
  if (!out.checkpoint) return out;

  const auto reader = mpi::together(world, [&] {
    return checkpoint::CheckpointReader::open(*out.checkpoint, {.patience = std::chrono::seconds(60)});
  });
  if (run.resume_from_checkpoint) reader.verify(world);  // the others were, when they were chosen
  out.seconds_checking = checking.seconds();
  const Progress stored = mpi::together(
      world, [&] { return progress_from_text(reader.manifest().run.trainer_state, *out.checkpoint); });
  const std::string difference = as_continuation(identity, run, stored.identity).difference(stored.identity);
  if (difference.empty()) {
    out.progress = stored;
    return out;
  }
  if (run.resume_from_checkpoint)
    throw CheckpointError(
        *out.checkpoint, fmt::format("is of another run (this one has {}); give a checkpoint of this run, or "
                                     "its model as model_name_or_path",
                                     difference));
  if (!run.overwrite_output_dir)
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
