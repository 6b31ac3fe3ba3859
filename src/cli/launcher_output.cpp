#include "cli/launcher_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace fullshard::cli {

bool stdout_reaches_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return false;
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) return true;
  std::error_code error;
  const auto theirs = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/1", ::getppid()), error);
  if (error) return true;  // another user's launcher: what it writes to cannot be known
  return theirs.string().starts_with("/dev/pts/") || theirs.string().starts_with("/dev/tty");
}

// Source: no-color.org; bixense.com/clicolors; force-color.org.
bool stdout_is_colored() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' && std::string_view(value) != "0";
  };
  if (const char* no = std::getenv("NO_COLOR"); no != nullptr && *no != '\0') return false;
  return set("CLICOLOR_FORCE") || set("FORCE_COLOR") || stdout_reaches_terminal();
}

}  // namespace fullshard::cli
