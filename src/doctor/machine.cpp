#include "doctor/machine.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include "doctor/cores.hpp"
#include "doctor/words.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/device/gpus.hpp"

namespace fullshard::doctor {

namespace fs = std::filesystem;

namespace {

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// "max" and what is no number are no limit; nor is version 1's largest page-aligned int64.
int64_t limit_in(const fs::path& file) {
  constexpr int64_t kNoLimit = int64_t{1} << 60;
  const std::string text = trimmed(kernel_text(file));
  int64_t value = kUnlimited;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && value >= 0 && value < kNoLimit ? value : kUnlimited;
}

int64_t smaller(int64_t a, int64_t b) {
  if (a == kUnlimited) return b;
  return b == kUnlimited ? a : std::min(a, b);
}

// In a container the path may be the host's, and the container's own group is what is mounted at the root.
int64_t smallest_upwards(const fs::path& root, const std::string& group, const char* file) {
  int64_t smallest = limit_in(root / file);
  for (fs::path path = fs::path(group).relative_path(); !path.empty(); path = path.parent_path())
    smallest = smaller(smallest, limit_in(root / path / file));
  return smallest;
}

int64_t soft_limit(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return kUnlimited;
  return static_cast<int64_t>(limit.rlim_cur);
}

int entries(const fs::path& directory, std::string_view prefix) {
  std::error_code error;
  int n = 0;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool numbered =
        name.size() > prefix.size() && std::isdigit(static_cast<unsigned char>(name[prefix.size()]));
    if (name.starts_with(prefix) && (prefix.empty() || numbered)) ++n;
  }
  return n;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue …"
std::string driver_version(const std::string& text) {
  for (const std::string& word : parts(text.substr(0, text.find('\n')), ' '))
    if (std::isdigit(static_cast<unsigned char>(word[0])) && word.find('.') != std::string::npos) return word;
  return "";
}

std::string row_of(std::string_view text, std::string_view name) {
  for (const std::string& line : parts(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos && trimmed(line.substr(0, colon)) == name)
      return trimmed(std::string_view(line).substr(colon + 1));
  }
  return "";
}

void describe_program(RankFacts& f, const Roots& roots) {
  std::error_code error;
  f.program = fs::read_symlink(roots.proc / "self/exe", error).string();
  try {
    f.program_digest = fmt::format("{:016x}", hash64(read_file(roots.proc / "self/exe")));
  } catch (const IoError&) {
    f.program_digest = "unreadable";
  }
}

}  // namespace

std::string kernel_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int64_t memory_limit(const Roots& roots) {
  int64_t smallest = kUnlimited;
  for (const std::string& line : parts(kernel_text(roots.proc / "self/cgroup"), '\n')) {
    // "id:controllers:path" (cgroups(7)); the unified hierarchy has no controllers in its row.
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      group = line.substr(second + 1);
    const fs::path mounts = roots.sys / "fs/cgroup";
    if (controllers.empty()) {
      smallest = smaller(smallest, smallest_upwards(mounts, group, "memory.max"));
      smallest = smaller(smallest, smallest_upwards(mounts / "unified", group, "memory.max"));
    } else if (std::ranges::count(parts(controllers, ','), "memory")) {
      smallest = smaller(smallest, smallest_upwards(mounts / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return smallest;
}

int64_t meminfo_bytes(std::string_view meminfo, std::string_view row) {
  const std::string text = row_of(meminfo, row);  // "24689212 kB"
  int64_t kib = 0;
  std::from_chars(text.data(), text.data() + text.size(), kib);
  return kib * 1024;
}

Processor parse_cpuinfo(std::string_view cpuinfo) {
  const std::string_view first = cpuinfo.substr(0, cpuinfo.find("\n\n"));
  const std::vector<std::string> words = parts(row_of(first, "flags"), ' ');
  const std::set<std::string, std::less<>> flags(words.begin(), words.end());
  const auto all_of = [&](std::string_view names) {
    const std::vector<std::string> wanted = parts(names, ' ');
    return std::ranges::all_of(wanted, [&](const std::string& f) { return flags.contains(f); });
  };
  Processor p{.model = row_of(first, "model name")};
  if (flags.empty()) return p;
  // The kernel's names of the psABI's lists: pni is SSE3, abm has LZCNT.
  constexpr std::array kLevels = {"pni ssse3 sse4_1 sse4_2 popcnt cx16 lahf_lm",
                                  "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
                                  "avx512f avx512bw avx512cd avx512dq avx512vl"};
  int level = 1;
  for (const char* names : kLevels) {
    if (!all_of(names)) break;
    ++level;
  }
  p.instruction_set = fmt::format("x86-64-v{}", level);
  for (const char* extension : {"avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16"})
    if (flags.contains(extension)) p.instruction_set += std::string(" ") + extension;
  return p;
}

RankFacts own_facts(const mpi::Variables& variables, const Roots& roots) {
  RankFacts f;
  utsname system{};
  ::uname(&system);
  f.host = system.nodename;
  describe_program(f, roots);
  f.libraries = loaded_libraries();
  const Processor processor = parse_cpuinfo(kernel_text(roots.proc / "cpuinfo"));
  f.processor = processor.model;
  f.instruction_set = processor.instruction_set.empty() ? system.machine : processor.instruction_set;
  f.cores = row_of(kernel_text(roots.proc / "self/status"), "Cpus_allowed_list");
  f.online_cores =
      static_cast<int>(parse_cores(trimmed(kernel_text(roots.sys / "devices/system/cpu/online"))).size());
  f.wanted_threads = mpi::number_of(variables, "OMP_NUM_THREADS").value_or(0);
  const std::string meminfo = kernel_text(roots.proc / "meminfo");
  f.ram = meminfo_bytes(meminfo, "MemTotal");
  f.available = meminfo_bytes(meminfo, "MemAvailable");
  f.memory_limit = memory_limit(roots);
  struct statvfs shm {};
  if (::statvfs((roots.dev / "shm").c_str(), &shm) == 0)
    f.shared_memory = static_cast<int64_t>(shm.f_bavail) * static_cast<int64_t>(shm.f_frsize);
  f.open_files = soft_limit(RLIMIT_NOFILE);
  f.locked_memory = soft_limit(RLIMIT_MEMLOCK);
  f.file_size = soft_limit(RLIMIT_FSIZE);
  f.address_space = soft_limit(RLIMIT_AS);
  f.fabrics = entries(roots.sys / "class/infiniband", "");
  f.gpus = entries(roots.dev, "nvidia");
  f.cuda = device::has_cuda() ? 1 : 0;
  f.visible_gpus = device::num_gpus();
  f.driver = driver_version(kernel_text(roots.proc / "driver/nvidia/version"));
  return f;
}

}  // namespace fullshard::doctor
