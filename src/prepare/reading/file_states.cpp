#include "prepare/reading/file_states.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard::prepare {

FileStates::State FileStates::state_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw IoError(file, -1, "cannot stat: " + errno_text(errno));
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

FileStates::FileStates(const std::vector<std::filesystem::path>& files) : files_(&files) {
  for (const auto& file : files) states_.push_back(state_of(file));
}

int64_t FileStates::bytes_of_all() const {
  int64_t bytes = 0;
  for (const State& state : states_) bytes += state.bytes;
  return bytes;
}

void FileStates::require_unchanged() const {
  for (size_t i = 0; i < states_.size(); ++i)
    if (state_of((*files_)[i]) != states_[i])
      throw DataError((*files_)[i], 0, "has changed while it was read; start again when nobody writes to it");
}

}  // namespace fullshard::prepare
