#pragma once
// A small state with tensors of several types and sizes, and its parts as n ranks would own them.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/checkpoint/writer.hpp"

namespace fullshard::test {

struct Sample {
  std::vector<checkpoint::TensorSpec> tensors = {
      {"master", "model.embed_tokens.weight", {613, 37}, DType::F32},
      {"master", "model.norm.weight", {48}, DType::BF16},
      {"exp_avg", "model.embed_tokens.weight", {1, 1024}, DType::F32},
      {"exp_avg", "scale", {}, DType::F64},
      {"exp_avg_sq", "model.embed_tokens.weight", {3, 5, 7}, DType::F64},
      {"exp_avg_sq", "codes", {4099}, DType::U8},
  };
  std::vector<std::vector<std::byte>> data;

  /// `rows` of the largest tensor; the default makes it larger than one piece of reading.
  explicit Sample(uint64_t seed = 1, int64_t rows = 2100) {
    tensors[2].shape[0] = rows;
    for (size_t t = 0; t < tensors.size(); ++t) {
      auto& d = data.emplace_back(static_cast<size_t>(bytes(tensors[t].count(), tensors[t].dtype).value));
      uint64_t x = seed * 1000 + t;
      for (std::byte& b : d)
        b = static_cast<std::byte>((x = x * 6364136223846793005u + 1442695040888963407u) >> 56);
    }
  }

  ConstDeviceSpan whole(size_t t) const { return {data[t].data(), tensors[t].count(), tensors[t].dtype}; }

  /// Rank `rank` of `ranks` owns an equal part of all elements laid end to end, cut wherever that falls.
  std::vector<checkpoint::WriteExtent> extents(int rank, int ranks) const {
    Elems total;
    for (const auto& t : tensors) total += t.count();
    const Elems from{total.value * rank / ranks}, to{total.value * (rank + 1) / ranks};
    std::vector<checkpoint::WriteExtent> mine;
    Elems begin;
    for (size_t t = 0; t < tensors.size(); ++t) {
      const Elems end = begin + tensors[t].count(), a = std::max(from, begin), b = std::min(to, end);
      if (a < b) mine.push_back({t, a - begin, whole(t).slice(a - begin, b - a)});
      begin = end;
    }
    return mine;
  }

  /// Writes on all ranks of `comm`.
  std::filesystem::path write(const mpi::Communicator& comm, const std::filesystem::path& dir, int64_t step,
                              const std::vector<std::filesystem::path>& side_files = {}) const {
    return write_extents(comm, dir, step, extents(comm.rank(), comm.size()), side_files);
  }

  /// Writes on all ranks of `comm` what each of them brings.
  std::filesystem::path write_extents(const mpi::Communicator& comm, const std::filesystem::path& dir,
                                      int64_t step, const std::vector<checkpoint::WriteExtent>& mine,
                                      const std::vector<std::filesystem::path>& side_files = {}) const {
    return checkpoint::write_checkpoint(comm, {.output_dir = dir,
                                               .run = run(step),
                                               .tensors = tensors,
                                               .extents = mine,
                                               .side_files = side_files})
        .path;
  }

  static checkpoint::RunState run(int64_t step) {
    return {.step = step,
            .data_cursor = step,
            .model_hash = "m",
            .layout_hash = "l",
            .environment = "test",
            .config_json = "{\"a\": \"ü\"}",
            .trainer_state = "{}",
            .ties = {{"lm_head.weight", "model.embed_tokens.weight"}}};
  }

  /// Reads part `rank` of `ranks` and compares it byte by byte.
  bool part_equals(const checkpoint::CheckpointReader& reader, int rank, int ranks) const {
    for (const checkpoint::WriteExtent& e : extents(rank, ranks)) {
      std::vector<std::byte> got(static_cast<size_t>(e.data.size().value));
      reader.read(tensors[e.tensor].group, tensors[e.tensor].name, e.first,
                  {got.data(), e.data.count, e.data.dtype});
      if (!std::equal(got.begin(), got.end(), e.data.data)) return false;
    }
    return true;
  }
};

}  // namespace fullshard::test
