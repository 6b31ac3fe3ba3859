#pragma once
// What each rank knows about itself and its node, before any probe.

#include <cstdint>
#include <string>

namespace fullshard::doctor {

constexpr int64_t kUnlimited = -1;

struct RankFacts {
  int rank = 0, node = 0;  ///< world rank; node as MPI sees it, numbered by lowest rank
  std::string host;

  std::string program, program_digest;
  std::string versions;   ///< "Open MPI 4.1.4;LibTorch 2.11.0"
  std::string libraries;  ///< "libc.so.6=<build id>;…" of everything that is loaded

  std::string processor;        ///< "AMD EPYC 9654 96-Core Processor"
  std::string instruction_set;  ///< "x86-64-v4 avx512_bf16"

  std::string cores;       ///< this rank's, as the kernel writes sets: "0-3,8"
  int online_cores = 0;    ///< of the node
  int wanted_threads = 0;  ///< OMP_NUM_THREADS; 0 where it is not set

  int64_t ram = 0, available = 0;      ///< bytes of the node
  int64_t memory_limit = kUnlimited;   ///< of this rank's control group and its parents
  int64_t shared_memory = kUnlimited;  ///< free bytes in /dev/shm

  int64_t open_files = kUnlimited, locked_memory = kUnlimited;  ///< soft limits
  int64_t file_size = kUnlimited, address_space = kUnlimited;

  int fabrics = 0;                 ///< InfiniBand and RoCE adapters
  int gpus = 0;                    ///< NVIDIA devices of the node
  int cuda = 0, visible_gpus = 0;  ///< whether this build has CUDA, and what CUDA shows this rank
  std::string driver;

  template <class Self, class Visit>
  static void fields(Self& f, Visit&& visit) {
    visit("rank", f.rank), visit("node", f.node), visit("host", f.host);
    visit("program", f.program), visit("program_digest", f.program_digest);
    visit("versions", f.versions), visit("libraries", f.libraries);
    visit("processor", f.processor), visit("instruction_set", f.instruction_set);
    visit("cores", f.cores), visit("online_cores", f.online_cores), visit("wanted_threads", f.wanted_threads);
    visit("ram", f.ram), visit("available", f.available);
    visit("memory_limit", f.memory_limit), visit("shared_memory", f.shared_memory);
    visit("open_files", f.open_files), visit("locked_memory", f.locked_memory);
    visit("file_size", f.file_size), visit("address_space", f.address_space);
    visit("fabrics", f.fabrics), visit("gpus", f.gpus), visit("driver", f.driver);
    visit("cuda", f.cuda), visit("visible_gpus", f.visible_gpus);
  }
};

}  // namespace fullshard::doctor
