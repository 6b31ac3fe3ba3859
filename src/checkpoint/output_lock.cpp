#include "fullshard/checkpoint/output_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include "checkpoint/lock_holder.hpp"
#include "checkpoint/names.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".fullshard-lock-";
constexpr int kAttempts = 100;  // each failed one means that another starter got ahead
constexpr int64_t kLargestLock = 64 << 10;

struct Generation {
  fs::path path;
  int64_t number = 0;
};

std::vector<Generation> generations_in(const fs::path& dir) {
  std::vector<Generation> found;
  std::error_code error;
  fs::directory_iterator it(dir, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    int64_t n = 0;
    if (!name.starts_with(kPrefix)) continue;
    const auto [stop, bad] = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), n);
    if (bad == std::errc{} && stop == name.data() + name.size() && n > 0) found.push_back({it->path(), n});
  }
  if (error)
    throw ConfigError("output_dir", dir.string() + ": cannot list the directory: " + error.message());
  return found;
}

Generation highest_in(const fs::path& dir) {
  Generation top;
  for (Generation& g : generations_in(dir))
    if (g.number > top.number) top = std::move(g);
  return top;
}

/// A lock file that has no name in the sequence yet.
class Draft {
 public:
  Draft(const fs::path& dir, const LockHolder& me) : path_(dir / (std::string(kPrefix) + new_uuid())) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != ENOSPC && errno != EDQUOT)
      throw ConfigError("output_dir", fmt::format("output_dir: expected a directory to write to, but {}: {}",
                                                  dir.string(), errno_text(errno)));
    if (fd < 0) throw IoError(path_, -1, "cannot create: " + errno_text(errno));
    fd_ = FileDescriptor(fd);
    try {
      fill(me.to_json());
    } catch (...) {
      ::unlink(path_.c_str());
      throw;
    }
  }
  ~Draft() { ::unlink(path_.c_str()); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  struct stat status() const {
    struct stat s {};
    if (::fstat(fd_.get(), &s) != 0) throw IoError(path_, -1, "cannot stat: " + errno_text(errno));
    return s;
  }
  /// False if the name is taken.
  bool link_as(const fs::path& name) const {
    if (::link(path_.c_str(), name.c_str()) == 0) return true;
    const int error = errno;
    if (status().st_nlink == 2) return true;  // done, but the answer of the file server was lost
    if (error == EEXIST) return false;
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EEXIST) return false;
    throw IoError(name, -1, "the file system can neither link nor rename safely: " + errno_text(error));
  }
  FileDescriptor take_descriptor() { return std::move(fd_); }

 private:
  void fill(const std::string& text) const {
    write_at(fd_, path_, text.data(), static_cast<int64_t>(text.size()), 0);
    if (::fsync(fd_.get()) != 0) throw IoError(path_, -1, "fsync failed: " + errno_text(errno));
  }

  fs::path path_;
  FileDescriptor fd_;
};

struct Verdict {
  enum { Free, Vanished, Gone, Held } kind;
  std::string holder;
};

Verdict judge(const fs::path& lock, const LockHolder& me, std::chrono::seconds now,
              std::chrono::seconds limit) {
  const FileDescriptor fd(::open(lock.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ESTALE)) return {Verdict::Vanished, ""};
  struct stat s {};
  if (!fd || ::fstat(fd.get(), &s) != 0)
    throw IoError(lock, -1, "cannot read the lock: " + errno_text(errno));
  if (s.st_size == 0) return {Verdict::Free, ""};
  const Silence silence{now - std::chrono::seconds(s.st_mtim.tv_sec), limit};
  std::string text(static_cast<size_t>(std::min<int64_t>(s.st_size, kLargestLock)), '\0');
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
  if (n == 0) return {Verdict::Free, ""};  // freed since fstat
  text.resize(n < 0 ? 0 : static_cast<size_t>(n));
  const LockHolder holder = LockHolder::from_json(text, lock);
  return {is_gone(holder, me, silence) ? Verdict::Gone : Verdict::Held, holder.describe()};
}

}  // namespace

OutputLock OutputLock::acquire(const fs::path& output_dir, const LockRequest& request) {
  LockHolder me = LockHolder::self();
  me.job = request.job;
  me.restart = request.restart;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Draft draft(output_dir, me);
    const Generation top = highest_in(output_dir);
    Verdict verdict{Verdict::Free, ""};
    if (top.number > 0)
      verdict =
          judge(top.path, me, std::chrono::seconds(draft.status().st_mtim.tv_sec), request.silence_limit);
    if (verdict.kind == Verdict::Vanished) continue;
    if (verdict.kind == Verdict::Held)
      throw ConfigError("output_dir",
                        fmt::format("output_dir: {} is in use by {}; wait for it, stop it, or "
                                    "choose another directory (if it is gone for certain, remove "
                                    "{})",
                                    output_dir.string(), verdict.holder, top.path.string()));
    const fs::path mine = output_dir / fmt::format("{}{}", kPrefix, top.number + 1);
    if (!draft.link_as(mine)) continue;
    // Numbers only rise, so whoever was slow between looking and linking sees that it is too late.
    if (highest_in(output_dir).number > top.number + 1) {
      ::unlink(mine.c_str());
      continue;
    }
    for (const Generation& g : generations_in(output_dir))
      if (g.number <= top.number) ::unlink(g.path.c_str());
    std::optional<std::string> previous;
    if (verdict.kind == Verdict::Gone) previous = verdict.holder;
    return OutputLock(mine, draft.take_descriptor(), std::move(previous));
  }
  throw ConfigError(
      "output_dir",
      fmt::format("output_dir: {} is being taken by other starters again and again", output_dir.string()));
}

OutputLock::~OutputLock() {
  if (fd_ && ::ftruncate(fd_.get(), 0) != 0) return;  // found gone by the next starter, as this process ends
}

void OutputLock::touch() const {
  struct stat s {};
  const bool alive = ::futimens(fd_.get(), nullptr) == 0 && ::fstat(fd_.get(), &s) == 0;
  if (!alive && errno != ESTALE) throw IoError(path_, -1, "cannot touch the lock: " + errno_text(errno));
  if (!alive || s.st_nlink == 0)
    throw IoError(
        path_, -1,
        "the lock is gone: another job took the directory over after this one gave no sign of life; "
        "nothing more is written");
}

}  // namespace fullshard::checkpoint
