#pragma once

#include "fullshard/kernels/kernel_table.hpp"

namespace fullshard::kernels {

/// Each is defined by one compilation of isa/table.cpp.
template <InstructionSet Set>
const KernelTable& isa_table();
template <>
const KernelTable& isa_table<InstructionSet::V2>();
template <>
const KernelTable& isa_table<InstructionSet::V3>();
template <>
const KernelTable& isa_table<InstructionSet::V4>();

}  // namespace fullshard::kernels
