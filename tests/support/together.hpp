#pragma once
// What tests of several ranks on one directory need.

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "fullshard/core/error.hpp"
#include "support/judge.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::test {

/// One directory for all ranks, made and removed by rank 0.
class SharedTempDir {
 public:
  SharedTempDir() {
    if (world().rank() == 0) own_.emplace();
    path_ = world().broadcast(own_ ? own_->path().string() : "");
  }
  ~SharedTempDir() { world().barrier(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::optional<TempDir> own_;
  std::filesystem::path path_;
};

/// Runs `work` on rank 0 while the others wait.
inline void on_rank_zero_only(const std::function<void()>& work) {
  world().barrier();
  if (world().rank() == 0) work();
  world().barrier();
}

inline void flip_byte(const std::filesystem::path& file, int64_t offset) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(offset);
  const char c = static_cast<char>(f.get() ^ 0x10);
  f.seekp(offset);
  f.put(c);
}

/// The exit code and message of what `work` throws; Done and "" if it does not.
struct Outcome {
  ExitCode code = ExitCode::Done;
  std::string message;
};
inline Outcome outcome_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return {e.exit_code(), e.what()};
  } catch (const InternalError& e) {
    return {ExitCode::Internal, e.what()};
  }
  return {};
}

/// True on all ranks if every rank has this exit code and the word in its message.
inline bool all_say(const Outcome& o, ExitCode code, const std::string& word) {
  const bool mine = o.code == code && o.message.find(word) != std::string::npos;
  if (!mine) ADD_FAILURE() << "found exit code " << static_cast<int>(o.code) << ": " << o.message;
  return mine;
}

}  // namespace fullshard::test
