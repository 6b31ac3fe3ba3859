#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <span>
#include <thread>

#include "doctor/directory.hpp"
#include "doctor/sheet.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::doctor {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kPiece = int64_t{4} << 20;

/// A file of this process, gone at the end of the scope.
class ProbeFile {
 public:
  explicit ProbeFile(fs::path path) : path_(std::move(path)) {}
  ~ProbeFile() { ::unlink(path_.c_str()); }
  ProbeFile(const ProbeFile&) = delete;
  ProbeFile& operator=(const ProbeFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Magic numbers of statfs(2) and of the file systems' own headers.
std::string file_system_of(const fs::path& directory) {
  struct statfs s {};
  if (::statfs(directory.c_str(), &s) != 0) return "none";
  switch (static_cast<uint32_t>(s.f_type)) {
    case 0x6969:
      return "nfs";
    case 0x0BD00BD0:
      return "lustre";
    case 0x47504653:
      return "gpfs";
    case 0x19830326:
      return "beegfs";
    case 0x00C36400:
      return "ceph";
    case 0xFF534D42:
      return "cifs";
    case 0x65735546:
      return "fuse";
    case 0x01021994:
      return "tmpfs";
    case 0xEF53:
      return "ext";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x794C7630:
      return "overlay";
    default:
      return fmt::format("type {:#x}", static_cast<uint32_t>(s.f_type));
  }
}

// An IoError without its path, which the finding names once for all ranks.
std::string reason(const IoError& e) {
  return std::string(e.what()).substr(e.path.string().size() + 2);
}

// A network file system may remember for a while that a name was absent; listing the directory asks its
// server.
std::string read_patiently(const fs::path& path, const std::string& expected, double patience) {
  const Stopwatch waited;
  while (true) {
    std::string problem;
    try {
      if (read_file(path) == expected) return "";
      problem = "it holds something else";
    } catch (const IoError& e) {
      problem = reason(e);
    }
    if (waited.seconds() > patience) return problem;
    std::error_code ignored;
    for (fs::directory_iterator at(path.parent_path(), ignored), end; !ignored && at != end;)
      at.increment(ignored);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string written(const fs::path& path, const std::string& content) {
  try {
    const FileDescriptor fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    write_at(fd, path, content.data(), static_cast<int64_t>(content.size()), 0);
    fsync_file(fd, path);
    return "";
  } catch (const IoError& e) {
    return reason(e);
  }
}

void measure_writing(DirectoryFacts& facts, const fs::path& path, const DirectoryProbe& probe) {
  const std::string piece(kPiece, '\x5a');
  const ProbeFile file(path);
  const Stopwatch clock;
  try {
    const FileDescriptor fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    while (facts.probe_bytes < probe.most_bytes && clock.seconds() < probe.writing_seconds) {
      write_at(fd, path, piece.data(), kPiece, facts.probe_bytes);
      facts.probe_bytes += kPiece;
      fsync_file(fd, path);
    }
    facts.probe_seconds = clock.seconds();
  } catch (const IoError& e) {
    facts.probe_problem = reason(e);
    for (const int full : {ENOSPC, EDQUOT, EFBIG})
      if (facts.probe_problem.find(errno_text(full)) != std::string::npos) facts.full = 1;
    facts.probe_bytes = std::max(facts.probe_bytes, kPiece);
  }
}

int64_t free_bytes(const fs::path& directory) {
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  return error ? kUnlimited : static_cast<int64_t>(space.available);
}

/// The small file of each rank, of this examination alone.
struct Files {
  fs::path directory;
  std::string token;

  fs::path path(int rank) const { return directory / fmt::format(".fullshard-doctor-{}.{}", token, rank); }
  std::string content(int rank) const { return fmt::format("{} of rank {}\n", token, rank); }
  /// The lowest rank whose file is here, or -1.
  int64_t lowest() const;
};

int64_t Files::lowest() const {
  const std::string start = path(0).filename().string();
  const size_t digits = start.size() - 1;  // after the last dot
  int64_t found = -1;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    int rank = 0;
    if (name.size() <= digits || name.compare(0, digits, start, 0, digits) != 0) continue;
    const auto parsed = std::from_chars(name.data() + digits, name.data() + name.size(), rank);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;  // a probe's data
    if (found < 0 || rank < found) found = rank;
  }
  return found;
}

// All were written before the first look: one wait is enough for all.
std::vector<bool> seen_of(const Files& files, std::span<const int64_t> wrote, double patience) {
  const Stopwatch looking;
  std::vector<bool> seen;
  for (size_t r = 0; r < wrote.size(); ++r) {
    const int rank = static_cast<int>(r);
    const double left = std::max(0.0, patience - looking.seconds());
    seen.push_back(wrote[r] != 0 && read_patiently(files.path(rank), files.content(rank), left).empty());
  }
  return seen;
}

}  // namespace

fs::path existing_part(const fs::path& directory) {
  fs::path path = fs::absolute(directory).lexically_normal();
  std::error_code error;
  while (!fs::is_directory(path, error) && path != path.parent_path()) path = path.parent_path();
  return path;
}

std::vector<DirectoryFacts> probe_directory(const mpi::Communicator& world, const mpi::Communicator& node,
                                            const fs::path& directory, const Progress& progress,
                                            const DirectoryProbe& probe) {
  const auto waiting = [&] { progress("directory", Activity::Waiting); };
  const auto working = [&] { progress("directory", Activity::Working); };
  const std::string token = world.broadcast(
      fmt::format("{}-{}", std::chrono::system_clock::now().time_since_epoch().count(), ::getpid()));
  const Files files{directory, token};
  working();
  DirectoryFacts mine;
  mine.file_system = file_system_of(directory);
  const ProbeFile own(files.path(world.rank()));
  mine.writing_problem = written(own.path(), files.content(world.rank()));
  waiting();
  // Nobody need wait for a file that another has not written yet, or could not.
  const std::vector<int64_t> wrote = world.all_gather(int64_t{mine.writing_problem.empty()});
  working();
  const Stopwatch clock;
  std::vector<bool> seen;
  if (world.rank() == 0)
    seen = seen_of(files, wrote, probe.patience_seconds);
  else if (wrote.front() != 0)
    mine.reading_problem = read_patiently(files.path(0), files.content(0), probe.patience_seconds);
  mine.seconds = clock.seconds();
  mine.lowest_seen = mine.reading_problem.empty() ? 0 : files.lowest();
  mine.free_bytes = free_bytes(directory);
  if (mine.writing_problem.empty() && node.rank() == 0)
    measure_writing(mine, own.path().string() + ".data", probe);
  waiting();
  std::vector<DirectoryFacts> all = gathered(world, mine);
  for (size_t r = 0; r < seen.size(); ++r) all[r].seen_by_rank_0 = seen[r];
  world.barrier();  // own files stay until all have looked
  return all;
}

}  // namespace fullshard::doctor
