#include "fullshard/checkpoint/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checkpoint/names.hpp"
#include "checkpoint/patient_open.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::checkpoint {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> directories_in(const fs::path& output_dir) {
  std::vector<fs::path> found;
  std::error_code error;
  // Only what is certainly not there is empty: a directory that cannot be read must not look like a fresh
  // start.
  if (fs::status(output_dir, error).type() == fs::file_type::not_found) return found;
  fs::directory_iterator it(output_dir, error), end;
  for (; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    // A link is nothing that we made; following it could remove what lies elsewhere.
    if (it->symlink_status(ignored).type() == fs::file_type::directory) found.push_back(it->path());
  }
  if (error) throw IoError(output_dir, -1, "cannot list the directory: " + error.message());
  return found;
}

void remove_directory(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (error) throw IoError(directory, -1, "cannot remove: " + error.message());
}

/// Why a checkpoint cannot be used; empty if it can.
std::string reason_against(const CatalogEntry& entry) {
  try {
    const CheckpointReader reader = CheckpointReader::open(entry.path);
    if (reader.manifest().run.step == entry.step) return "";
    return fmt::format("{}: its manifest is of step {}", entry.path.string(), reader.manifest().run.step);
  } catch (const Error& e) {
    return e.what();
  }
}

/// Takes candidates from the back until one is good at first sight.
void drop_unusable(std::vector<CatalogEntry>& candidates, std::vector<std::string>& rejected) {
  while (!candidates.empty()) {
    std::string reason = reason_against(candidates.back());
    if (reason.empty()) return;
    rejected.push_back(std::move(reason));
    candidates.pop_back();
  }
}

/// Why the data of a checkpoint cannot be trusted; the same on every rank, empty if it can.
std::string reason_against_data(const mpi::Communicator& comm, const fs::path& path) {
  try {
    const CheckpointReader reader =
        mpi::together(comm, [&] { return CheckpointReader::open(path, {.patience = kNetworkPatience}); });
    reader.verify(comm);
    return "";
  } catch (const Error& e) {
    if (e.exit_code() != ExitCode::Refused && e.exit_code() != ExitCode::Io) throw;
    return e.what();
  }
}

}  // namespace

std::vector<CatalogEntry> list_checkpoints(const fs::path& output_dir) {
  std::vector<CatalogEntry> entries;
  for (const fs::path& p : directories_in(output_dir))
    if (const auto step = step_of(p.filename().string())) entries.push_back({p, *step});
  std::sort(entries.begin(), entries.end(),
            [](const CatalogEntry& a, const CatalogEntry& b) { return a.step < b.step; });
  return entries;
}

Selection newest_valid(const mpi::Communicator& comm, const fs::path& output_dir, Depth depth) {
  std::vector<CatalogEntry> candidates;  // on rank 0
  Selection selection;
  mpi::on_rank_zero(comm, [&] { candidates = list_checkpoints(output_dir); });
  while (true) {
    mpi::on_rank_zero(comm, [&] { drop_unusable(candidates, selection.rejected); });
    const int64_t step = comm.broadcast(candidates.empty() ? -1 : candidates.back().step);
    if (step < 0) break;
    const CatalogEntry chosen{output_dir / final_name(step), step};
    const std::string reason = depth == Depth::Digests ? reason_against_data(comm, chosen.path) : "";
    if (comm.broadcast(static_cast<int64_t>(reason.empty())) != 0) {
      selection.newest = chosen;
      break;
    }
    if (comm.rank() == 0) {
      selection.rejected.push_back(reason);
      candidates.pop_back();
    }
  }
  const int64_t n = comm.broadcast(static_cast<int64_t>(selection.rejected.size()));
  selection.rejected.resize(static_cast<size_t>(n));
  for (std::string& reason : selection.rejected) reason = comm.broadcast(reason);
  return selection;
}

std::vector<fs::path> remove_partials(const fs::path& output_dir) {
  std::vector<fs::path> removed;
  for (const fs::path& p : directories_in(output_dir)) {
    if (!is_partial(p.filename().string())) continue;
    remove_directory(p);
    removed.push_back(p);
  }
  return removed;
}

std::vector<fs::path> apply_retention(const fs::path& output_dir, const Retention& retention) {
  FS_CHECK(retention.keep_last >= 1, "keep_last {}", retention.keep_last);
  std::vector<CatalogEntry> entries = list_checkpoints(output_dir);
  std::erase_if(entries, [](const CatalogEntry& e) { return !reason_against(e).empty(); });
  const size_t keep = std::min(entries.size(), static_cast<size_t>(retention.keep_last));
  entries.resize(entries.size() - keep);
  std::vector<fs::path> removed;
  for (const CatalogEntry& e : entries) {
    if (retention.keep_best && e.path.filename() == retention.keep_best->filename()) continue;
    // First out of its name in one instant: a removal that is cut off must not leave half a checkpoint.
    const fs::path doomed = output_dir / partial_name(e.step, new_uuid());
    std::error_code error;
    fs::rename(e.path, doomed, error);
    if (error) throw IoError(e.path, -1, "cannot rename before removing: " + error.message());
    fsync_directory(output_dir);
    remove_directory(doomed);
    removed.push_back(e.path);
  }
  return removed;
}

}  // namespace fullshard::checkpoint
