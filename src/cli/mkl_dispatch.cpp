// MKL inside LibTorch chooses slow code paths on processors that Intel did not make. Defining its vendor
// check in the program interposes the library's own (docs/numerics.md has the rates). Said "Intel" only where
// the fast paths' instructions exist.

#include <cpuid.h>

#include <cstring>

namespace {

bool made_by_intel() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx)) return false;
  char vendor[12];
  std::memcpy(vendor, &ebx, 4);
  std::memcpy(vendor + 4, &edx, 4);
  std::memcpy(vendor + 8, &ecx, 4);
  return std::memcmp(vendor, "GenuineIntel", 12) == 0;
}

}  // namespace

extern "C" int mkl_serv_intel_cpu_true();
extern "C" int mkl_serv_intel_cpu();

extern "C" int mkl_serv_intel_cpu_true() {
  return made_by_intel() || __builtin_cpu_supports("avx512f");
}
extern "C" int mkl_serv_intel_cpu() {
  return mkl_serv_intel_cpu_true();
}
