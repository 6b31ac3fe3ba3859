#include "cli/launcher_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace fullshard::cli {

bool stdout_reaches_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return false;
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) return true;
  std::error_code error;
  const auto theirs = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/1", ::getppid()), error);
  if (error) return true;  // another user's launcher: what it writes to cannot be known
  return theirs.string().starts_with("/dev/pts/") || theirs.string().starts_with("/dev/tty");
}

}  // namespace fullshard::cli
