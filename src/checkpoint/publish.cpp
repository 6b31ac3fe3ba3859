#include "checkpoint/publish.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

#include "checkpoint/names.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::checkpoint {

namespace {

void rename_or_throw(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw IoError(to, -1, "cannot rename " + from.filename().string() + " into place: " + errno_text(errno));
}

// The new checkpoint is safe already; what stays of the old one is swept at the next start.
void remove_quietly(const std::filesystem::path& old) {
  std::error_code ignored;
  std::filesystem::remove_all(old, ignored);
}

/// False where the file system cannot exchange names.
bool exchange(const std::filesystem::path& a, const std::filesystem::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return false;
  throw IoError(b, -1, "cannot exchange with " + a.filename().string() + ": " + errno_text(errno));
}

}  // namespace

void publish(const std::filesystem::path& partial, const std::filesystem::path& final_path) {
  fsync_directory(partial);
  const bool replaces = std::filesystem::exists(std::filesystem::symlink_status(final_path));
  if (!replaces) {
    rename_or_throw(partial, final_path);
    fsync_directory(final_path.parent_path());
    return;
  }
  if (!exchange(partial, final_path)) {
    // A crash between the renames leaves the older checkpoints only.
    const std::filesystem::path aside =
        partial.parent_path() / (final_path.filename().string() + ".partial-" + new_uuid());
    rename_or_throw(final_path, aside);
    rename_or_throw(partial, final_path);
    fsync_directory(final_path.parent_path());
    remove_quietly(aside);
    return;
  }
  fsync_directory(final_path.parent_path());
  remove_quietly(partial);
}

}  // namespace fullshard::checkpoint
