#include "fullshard/kernels/kernel_table.hpp"

#include <algorithm>

#include "kernels/isa_tables.hpp"

namespace fullshard::kernels {

std::string_view name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::V2:
      return "x86-64-v2";
    case InstructionSet::V3:
      return "x86-64-v3";
    case InstructionSet::V4:
      return "x86-64-v4";
  }
  return "?";
}

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::V2};
  if (__builtin_cpu_supports("x86-64-v3")) sets.push_back(InstructionSet::V3);
  if (__builtin_cpu_supports("x86-64-v4")) sets.push_back(InstructionSet::V4);
  return sets;
}

const KernelTable& kernel_table(InstructionSet set) {
  const std::vector<InstructionSet> sets = available_instruction_sets();
  FS_CHECK(std::find(sets.begin(), sets.end(), set) != sets.end(), "this machine is no {}", name_of(set));
  switch (set) {
    case InstructionSet::V2:
      return isa_table<InstructionSet::V2>();
    case InstructionSet::V3:
      return isa_table<InstructionSet::V3>();
    case InstructionSet::V4:
      break;
  }
  return isa_table<InstructionSet::V4>();
}

const KernelTable& kernel_table() {
  static const KernelTable& table = kernel_table(available_instruction_sets().back());
  return table;
}

namespace {

template <class From>
void convert_from(const KernelsOf<From>& kernels, std::span<const From> src, DeviceSpan dst) {
  if (dst.dtype == DType::F64) return kernels.to_double(src, dst.as<double>());
  if (dst.dtype == DType::BF16) return kernels.to_bf16(src, dst.as<BF16>());
  kernels.to_float(src, dst.as<float>());
}

}  // namespace

void convert(const KernelTable& table, ConstDeviceSpan src, DeviceSpan dst) {
  FS_CHECK(src.count == dst.count, "conversion of {} elements into {}", src.count.value, dst.count.value);
  with_element_type(src.dtype, [&]<class T>(T) { convert_from<T>(table.of<T>(), src.as<T>(), dst); });
}

}  // namespace fullshard::kernels
