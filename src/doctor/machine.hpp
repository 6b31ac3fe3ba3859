#pragma once
// This rank and its node as the kernel describes them. File trees are arguments, so that tests bring their
// own.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "doctor/facts.hpp"
#include "fullshard/mpi/launch.hpp"

namespace fullshard::doctor {

/// Where the kernel shows itself.
struct Roots {
  std::filesystem::path proc = "/proc", sys = "/sys", dev = "/dev";
};

/// The whole of a file that has no size; empty if it cannot be read.
std::string kernel_text(const std::filesystem::path& path);

/// Smallest memory limit of this process's control group and those above it, versions 1 and 2; kUnlimited
/// where there is none.
int64_t memory_limit(const Roots& roots);

/// Bytes of a row of /proc/meminfo; 0 if there is none.
int64_t meminfo_bytes(std::string_view meminfo, std::string_view row);

struct Processor {
  std::string model, instruction_set;
};
/// From /proc/cpuinfo. Levels of x86-64 as its psABI defines them, and the extensions that matter beyond.
Processor parse_cpuinfo(std::string_view cpuinfo);

/// "libc.so.6=<build id>;…" of everything that is loaded; the size of the file where a build id is missing.
std::string loaded_libraries();

/// Everything of RankFacts that this process can find out alone, but for `versions`.
RankFacts own_facts(const mpi::Variables& variables, const Roots& roots = {});

}  // namespace fullshard::doctor
