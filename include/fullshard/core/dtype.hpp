#pragma once

#include <cstdint>
#include <string_view>

namespace fullshard {

enum class DType : uint8_t { F64, F32, F16, BF16, I64, I32, U8 };

constexpr int64_t size_of(DType t) {
  switch (t) {
    case DType::F64:
    case DType::I64:
      return 8;
    case DType::F32:
    case DType::I32:
      return 4;
    case DType::F16:
    case DType::BF16:
      return 2;
    case DType::U8:
      return 1;
  }
  return 0;
}

/// "float32", "bfloat16", …: the names of `torch_dtype` in a config.json.
std::string_view name_of(DType t);

}  // namespace fullshard
