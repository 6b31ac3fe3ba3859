#pragma once
// Which tensor goes where in the safetensors files of an export: arithmetic, before a byte is written.

#include <span>
#include <string>
#include <vector>

#include "fullshard/convert/safetensors_header.hpp"

namespace fullshard::convert {

struct TensorToWrite {
  std::string name;
  std::vector<int64_t> shape;
};

struct PlannedFile {
  std::string name;                 ///< "model.safetensors", or "model-00001-of-00003.safetensors"
  std::string head;                 ///< length and header, a multiple of 8 bytes
  std::vector<TensorInfo> tensors;  ///< offsets in the file
  Bytes size;                       ///< of the whole file
};

struct SafetensorsPlan {
  DType dtype = DType::F32;
  std::vector<PlannedFile> files;
  std::string index;  ///< text of model.safetensors.index.json; empty where one file is enough
};

/// Fills files in the order of `tensors`, each with at most `max_shard_size` of tensor bytes; a tensor that
/// is larger has a file of its own. All tensors are written as `dtype`.
///
/// Throws      ConfigError(export.max_shard_size) unless it is positive
SafetensorsPlan plan_safetensors(std::span<const TensorToWrite> tensors, DType dtype, Bytes max_shard_size);

}  // namespace fullshard::convert
