#include "prepare/reading/file_states.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard::prepare {

std::optional<FileStates::State> FileStates::find(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0)
    return State{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  if (errno == ENOENT) return std::nullopt;
  throw IoError(file, -1, "cannot stat: " + errno_text(errno));
}

FileStates::FileStates(const std::vector<std::filesystem::path>& files) : files_(&files) {
  for (const auto& file : files) {
    const auto state = find(file);
    if (!state) throw IoError(file, -1, "cannot stat: " + errno_text(ENOENT));
    states_.push_back(*state);
  }
}

int64_t FileStates::bytes_of_all() const {
  int64_t bytes = 0;
  for (const State& state : states_) bytes += state.bytes;
  return bytes;
}

void FileStates::require_unchanged() const {
  for (size_t i = 0; i < states_.size(); ++i)
    if (const auto now = find((*files_)[i]); now != states_[i])
      throw DataError((*files_)[i], 0,
                      fmt::format("{} while it was read; start again when nobody writes to it",
                                  now ? "has changed" : "was removed"));
}

}  // namespace fullshard::prepare
