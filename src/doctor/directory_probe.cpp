#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
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

}  // namespace

fs::path existing_part(const fs::path& directory) {
  fs::path path = fs::absolute(directory).lexically_normal();
  std::error_code error;
  while (!fs::is_directory(path, error) && path != path.parent_path()) path = path.parent_path();
  return path;
}

std::vector<DirectoryFacts> probe_directory(const mpi::Communicator& world, const mpi::Communicator& node,
                                            const fs::path& directory, const DirectoryProbe& probe) {
  const std::string token = world.broadcast(
      fmt::format("{}-{}", std::chrono::system_clock::now().time_since_epoch().count(), ::getpid()));
  const auto file_of = [&](int rank) {
    return directory / fmt::format(".fullshard-doctor-{}.{}", token, rank);
  };
  const auto content_of = [&](int rank) { return fmt::format("{} of rank {}\n", token, rank); };
  DirectoryFacts mine;
  mine.file_system = file_system_of(directory);
  const ProbeFile own(file_of(world.rank()));
  mine.writing_problem = written(own.path(), content_of(world.rank()));
  world.barrier();
  const Stopwatch clock;
  mine.reading_problem = read_patiently(file_of(0), content_of(0), probe.patience_seconds);
  mine.seconds = clock.seconds();
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  if (!error) mine.free_bytes = static_cast<int64_t>(space.available);
  if (mine.writing_problem.empty() && node.rank() == 0)
    measure_writing(mine, directory / fmt::format(".fullshard-doctor-{}.{}.data", token, world.rank()),
                    probe);
  std::vector<DirectoryFacts> all = gathered(world, mine);
  if (world.rank() == 0) {
    const Stopwatch looking;  // all files were written before the first look: one wait is enough for all
    for (int r = 0; r < world.size(); ++r) {
      const double patience = std::max(0.0, probe.patience_seconds - looking.seconds());
      DirectoryFacts& theirs = all[static_cast<size_t>(r)];
      theirs.seen_by_rank_0 =
          theirs.writing_problem.empty() && read_patiently(file_of(r), content_of(r), patience).empty();
    }
  }
  world.barrier();  // own files stay until rank 0 has looked
  return all;
}

}  // namespace fullshard::doctor
