#include "fullshard/train/output_directory.hpp"

#include <fmt/format.h>

#include "fullshard/checkpoint/catalog.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLockPrefix = ".fullshard-lock-";
constexpr const char* kFinishedName = ".fullshard-finished";

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
  fs::remove(dir / kFinishedName);
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

// When the model was exported to `dir`; nothing if it was not.
std::optional<fs::file_time_type> exported_at(const fs::path& dir) {
  std::optional<fs::file_time_type> newest;
  for (const std::string_view name : {convert::kSingleFileName, convert::kIndexName}) {
    std::error_code error;
    const auto time = fs::last_write_time(dir / name, error);
    if (!error && (!newest || time > *newest)) newest = time;
  }
  return newest;
}

// A run that was killed between checkpoint and export still owes the export.
bool exported_since(const fs::path& checkpoint, const fs::path& dir) {
  std::error_code error;
  const auto saved = fs::last_write_time(checkpoint / checkpoint::kManifestName, error);
  const auto exported = exported_at(dir);
  return !error && exported && *exported >= saved;
}

// One start of a run: the only place that decides whether it goes on from something, and from what.
class Opening {
 public:
  Opening(const mpi::Communicator& world, const config::RunConfig& run, const RunAtHand& mine)
      : world_(world), run_(run), mine_(mine) {
    out_.progress.identity = mine.identity;
  }

  OutputDirectory open(const checkpoint::LockRequest& lock) && {
    mpi::on_rank_zero(world_, [&] { occupy(lock); });
    const Stopwatch checking;
    const std::optional<Progress> record = finished_record();
    if (record && !run_.resume_from_checkpoint && difference(*record).empty() && done(*record)) {
      out_.progress = *record;
      out_.finished = true;
    } else if (const auto path = run_.resume_from_checkpoint ? run_.resume_from_checkpoint : newest()) {
      go_on_from(*path);
      out_.seconds_checking = checking.seconds();
    } else if (record) {
      refuse_or_replace(*record);
    } else {
      mpi::on_rank_zero(world_, [&] { check_source(); });
    }
    return std::move(out_);
  }

 private:
  void occupy(const checkpoint::LockRequest& lock) {
    std::error_code ignored;
    const bool fresh = !fs::exists(run_.output_dir, ignored) || fs::is_empty(run_.output_dir, ignored);
    if (fresh && !run_.resume_from_checkpoint) check_source();  // before anything is created
    create(run_.output_dir);
    refuse_foreign(run_.output_dir, run_.overwrite_output_dir);
    out_.lock.emplace(acquire(run_.output_dir, lock));
    if (out_.lock->taken_over_from()) out_.notes.push_back(*out_.lock->taken_over_from());
    checkpoint::remove_partials(run_.output_dir);
  }

  void check_source() {
    if (!source_checked_) mine_.check_source();
    source_checked_ = true;
  }

  // What a finished run without checkpoints wrote down, as long as its model is there. Collective.
  std::optional<Progress> finished_record() {
    const fs::path path = run_.output_dir / kFinishedName;
    std::string text;
    mpi::on_rank_zero(world_, [&] {
      std::error_code ignored;
      if (fs::exists(path, ignored) && exported_at(run_.output_dir)) text = read_file(path);
    });
    text = world_.broadcast(text);
    if (text.empty()) return std::nullopt;
    return mpi::together(world_, [&] { return progress_from_text(text, path); });
  }

  // The newest valid checkpoint. Where there are only damaged ones nobody should lose their work by starting
  // over unasked. Collective.
  std::optional<fs::path> newest() {
    const auto found = checkpoint::newest_valid(world_, run_.output_dir, checkpoint::Depth::Digests);
    if (found.newest) {
      for (const std::string& reason : found.rejected)
        out_.notes.push_back(
            fmt::format("WARNING: {}; going on from {}", reason, found.newest->path.string()));
      return found.newest->path;
    }
    if (found.rejected.empty()) return std::nullopt;
    if (!run_.overwrite_output_dir)
      throw CheckpointError(
          run_.output_dir,
          fmt::format("expected a whole checkpoint, found {} that cannot be used; give another "
                      "output_dir, or overwrite_output_dir: true to start over:\n  {}",
                      found.rejected.size(), fmt::join(found.rejected, "\n  ")));
    start_over(fmt::format("discarded what no run can continue from: {}", fmt::join(found.rejected, "; ")));
    return std::nullopt;
  }

  void go_on_from(const fs::path& path) {
    const auto reader = mpi::together(world_, [&] {
      return checkpoint::CheckpointReader::open(path, {.patience = std::chrono::seconds(60)});
    });
    if (run_.resume_from_checkpoint) reader.verify(world_);  // the others were, when they were chosen
    const Progress stored =
        mpi::together(world_, [&] { return progress_from_text(reader.manifest().run.trainer_state, path); });
    if (const std::string other = difference(stored); !other.empty()) return refuse_or_discard(path, other);
    out_.checkpoint = path;
    out_.progress = stored;
    out_.finished = done(stored) && world_.broadcast(int64_t{exported_since(path, run_.output_dir)}) != 0;
    mpi::on_rank_zero(world_, [&] { fs::remove(run_.output_dir / kFinishedName); });  // it is of fewer steps
  }

  // What is there cannot be gone on from: it is of another run, or has no checkpoint.
  void refuse_or_replace(const Progress& record) {
    if (const std::string other = difference(record); !other.empty())
      return refuse_or_discard(run_.output_dir, other);
    const std::string dir = run_.output_dir.string();
    if (!run_.overwrite_output_dir)
      throw ConfigError(
          "output_dir",
          fmt::format(
              "output_dir: {} holds this run, finished after {} steps with save_strategy: no, so there is "
              "no checkpoint from which it could go on to step {}; give another output_dir, or "
              "overwrite_output_dir: true to train from the start",
              dir, record.step, mine_.total_steps(record.identity)));
    start_over(fmt::format("discarded the finished run in {}, which had no checkpoint to go on from", dir));
  }

  void refuse_or_discard(const fs::path& found, const std::string& other) {
    if (run_.resume_from_checkpoint)
      throw CheckpointError(found,
                            fmt::format("is of another run (this one has {}); give a checkpoint of this "
                                        "run, or its model as model_name_or_path",
                                        other));
    if (!run_.overwrite_output_dir)
      throw ConfigError("output_dir",
                        fmt::format("output_dir: {} is of another run (this one has {}); give another "
                                    "output_dir, or overwrite_output_dir: true to discard that run",
                                    found.string(), other));
    start_over(fmt::format("discarded another run in {} (this one has {})", run_.output_dir.string(), other));
  }

  void start_over(const std::string& why) {
    mpi::on_rank_zero(world_, [&] {
      check_source();
      discard(run_.output_dir);
    });
    out_.notes.push_back(why);
  }

  // Rows per update stay what they were unless the file says otherwise.
  std::string difference(const Progress& stored) const {
    RunIdentity continued = mine_.identity;
    if (!run_.global_batch_size) continued.global_batch = stored.identity.global_batch;
    return continued.difference(stored.identity);
  }
  bool done(const Progress& stored) const { return stored.step >= mine_.total_steps(stored.identity); }

  const mpi::Communicator& world_;
  const config::RunConfig& run_;
  const RunAtHand& mine_;
  OutputDirectory out_;
  bool source_checked_ = false;
};

}  // namespace

OutputDirectory open_output_directory(const mpi::Communicator& world, const config::RunConfig& run,
                                      const RunAtHand& mine, const checkpoint::LockRequest& lock) {
  return Opening(world, run, mine).open(lock);
}

void record_finished(const fs::path& output_dir, const Progress& progress) {
  write_file_atomically(output_dir / kFinishedName, to_text(progress));
}

}  // namespace fullshard::train
