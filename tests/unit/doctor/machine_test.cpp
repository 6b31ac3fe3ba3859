#include "doctor/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/words.hpp"
#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::doctor {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A tree of files in place of /proc, /sys and /dev.
class Tree {
 public:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((dir_ / path).parent_path());
    write_file_atomically(dir_ / path, text);
  }
  Roots roots() const { return {dir_ / "proc", dir_ / "sys", dir_ / "dev"}; }

 private:
  test::TempDir dir_;
};

TEST(MemoryLimit, is_the_smallest_on_the_way_up_in_version_2) {
  Tree t;
  t.write("proc/self/cgroup", "0::/system.slice/slurmd/job_7/step_0\n");
  t.write("sys/fs/cgroup/system.slice/slurmd/job_7/memory.max", "8589934592\n");
  t.write("sys/fs/cgroup/system.slice/slurmd/job_7/step_0/memory.max", "max\n");
  t.write("sys/fs/cgroup/memory.max", "max\n");

  EXPECT_EQ(memory_limit(t.roots()), 8589934592);
}

TEST(MemoryLimit, reads_version_1_and_takes_its_largest_number_for_none) {
  Tree t;
  t.write("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:hugetlb,memory:/slurm/uid_0/job_7\n0::/\n");
  t.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory_limit(t.roots()), kUnlimited);

  t.write("sys/fs/cgroup/memory/slurm/uid_0/job_7/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(memory_limit(t.roots()), 1073741824);
}

TEST(MemoryLimit, of_a_container_is_what_is_mounted_at_the_root) {
  Tree t;
  t.write("proc/self/cgroup", "0::/../../outside\n");
  t.write("sys/fs/cgroup/memory.max", "2147483648\n");

  EXPECT_EQ(memory_limit(t.roots()), 2147483648);
}

TEST(MemoryLimit, nothing_readable_is_no_limit) {
  EXPECT_EQ(memory_limit(Tree().roots()), kUnlimited);
}

TEST(Meminfo, rows_are_in_kib) {
  EXPECT_EQ(meminfo_bytes("MemTotal:       24689212 kB\nMemFree: 12 kB\n", "MemTotal"),
            24689212 * int64_t{1024});
  EXPECT_EQ(meminfo_bytes("MemTotal: 1 kB\n", "MemAvailable"), 0);
}

TEST(ParseCpuinfo, tells_model_and_level) {
  const std::string v2 = "fpu pni ssse3 sse4_1 sse4_2 popcnt cx16 lahf_lm";
  const std::string v3 = v2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
  const std::string v4 = v3 + " avx512f avx512bw avx512cd avx512dq avx512vl avx512_bf16";
  const auto level = [](const std::string& flags) {
    return parse_cpuinfo("processor\t: 0\nmodel name\t: Processor 9000\nflags\t\t: " + flags +
                         "\n\nprocessor\t: 1\n")
        .instruction_set;
  };

  EXPECT_EQ(level("fpu"), "x86-64-v1");
  EXPECT_EQ(level(v2), "x86-64-v2");
  EXPECT_EQ(level(v3), "x86-64-v3");
  EXPECT_EQ(level(v4), "x86-64-v4 avx512_bf16");
  EXPECT_EQ(level("fpu avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"), "x86-64-v1");  // a level has all below
  EXPECT_EQ(parse_cpuinfo("model name\t: Processor 9000\nflags: fpu\n").model, "Processor 9000");
  EXPECT_EQ(parse_cpuinfo("").instruction_set, "");
}

TEST(LoadedLibraries, have_builds_the_same_at_every_call) {
  const std::string all = loaded_libraries();

  EXPECT_THAT(all, HasSubstr("libc.so.6="));
  EXPECT_EQ(all, loaded_libraries());
  for (const std::string& entry : parts(all, ';')) EXPECT_THAT(entry, Not(HasSubstr("=unknown")));
}

TEST(OwnFacts, of_this_machine_are_all_there) {
  const RankFacts f = own_facts({{"OMP_NUM_THREADS", "3"}});

  EXPECT_THAT(f.host, Not(IsEmpty()));
  EXPECT_THAT(f.program, HasSubstr("doctor_test"));
  EXPECT_THAT(f.program_digest, SizeIs(16));
  EXPECT_GT(f.online_cores, 0);
  EXPECT_EQ(f.wanted_threads, 3);
  EXPECT_GT(f.ram, f.available);
  EXPECT_GT(f.available, 0);
  EXPECT_THAT(f.cores, Not(IsEmpty()));
}

TEST(OwnFacts, of_a_kernel_that_shows_nothing_are_empty_and_no_error) {
  const RankFacts f = own_facts({}, Tree().roots());

  EXPECT_EQ(f.ram, 0);
  EXPECT_EQ(f.program_digest, "unreadable");
  EXPECT_EQ(f.shared_memory, kUnlimited);
}

TEST(OwnFacts, count_gpus_and_read_their_driver) {
  Tree t;
  for (const char* device : {"nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"})
    t.write(std::string("dev/") + device, "");
  t.write("proc/driver/nvidia/version",
          "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC "
          "version: 12.2\n");

  const RankFacts f = own_facts({}, t.roots());

  EXPECT_EQ(f.gpus, 2);
  EXPECT_EQ(f.driver, "550.54.15");
}

}  // namespace
}  // namespace fullshard::doctor
