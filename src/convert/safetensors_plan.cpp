#include "fullshard/convert/safetensors_plan.hpp"

#include <map>

#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::convert {

namespace {

using Shard = std::vector<TensorInfo>;

std::vector<Shard> fill_shards(std::span<const TensorToWrite> tensors, DType dtype, Bytes max_shard_size) {
  std::vector<Shard> shards(1);
  Bytes used;
  for (const TensorToWrite& t : tensors) {
    TensorInfo info{t.name, std::string(safetensors_name_of(dtype)), dtype, t.shape, 0, {}};
    info.size = bytes(info.count(), dtype);
    if (!shards.back().empty() && used + info.size > max_shard_size) {
      shards.emplace_back();
      used = {};
    }
    info.offset = used.value;
    used += info.size;
    shards.back().push_back(std::move(info));
  }
  return shards;
}

std::string header_of(const Shard& shard) {
  JsonWriter w;
  w.begin_object().key("__metadata__").begin_object().key("format").value("pt").end_object();
  for (const TensorInfo& t : shard) {
    w.key(t.name).begin_object().key("dtype").value(t.stored_dtype).key("shape").begin_array();
    for (int64_t d : t.shape) w.value(d);
    w.end_array()
        .key("data_offsets")
        .begin_array()
        .value(t.offset)
        .value(t.offset + t.size.value)
        .end_array();
    w.end_object();
  }
  std::string json = w.end_object().str();
  json.resize(static_cast<size_t>(round_up(static_cast<int64_t>(json.size()), 8)), ' ');
  FS_CHECK(static_cast<int64_t>(json.size()) <= kLargestSafetensorsHeader, "a header of {} bytes",
           json.size());
  return json;
}

PlannedFile planned_file(std::string name, Shard shard) {
  const std::string json = header_of(shard);
  PlannedFile file{std::move(name), {}, std::move(shard), {}};
  for (size_t i = 0; i < 8; ++i) file.head += static_cast<char>((uint64_t{json.size()} >> (8 * i)) & 0xff);
  file.head += json;
  file.size = {static_cast<int64_t>(file.head.size())};
  for (TensorInfo& t : file.tensors) {
    t.offset += static_cast<int64_t>(file.head.size());
    file.size += t.size;
  }
  return file;
}

std::string index_of(const std::vector<PlannedFile>& files) {
  std::map<std::string, std::string> weight_map;
  Bytes total;
  for (const PlannedFile& f : files)
    for (const TensorInfo& t : f.tensors) {
      weight_map.emplace(t.name, f.name);
      total += t.size;
    }
  JsonWriter w(2);
  w.begin_object().key("metadata").begin_object().key("total_size").value(total.value).end_object();
  w.key("weight_map").begin_object();
  for (const auto& [tensor, file] : weight_map) w.key(tensor).value(file);
  return w.end_object().end_object().str() + "\n";
}

}  // namespace

SafetensorsPlan plan_safetensors(std::span<const TensorToWrite> tensors, DType dtype, Bytes max_shard_size) {
  if (max_shard_size.value <= 0)
    throw ConfigError("export.max_shard_size",
                      fmt::format("export.max_shard_size: expected a positive size, found {}; "
                                  "5GB is usual",
                                  max_shard_size.value));
  std::map<std::string_view, int> names;
  for (const TensorToWrite& t : tensors)
    FS_CHECK(++names[t.name] == 1, "tensor '{}' is to be written twice", t.name);
  std::vector<Shard> shards = fill_shards(tensors, dtype, max_shard_size);
  SafetensorsPlan plan{dtype, {}, {}};
  for (size_t i = 0; i < shards.size(); ++i)
    plan.files.push_back(planned_file(
        shards.size() == 1 ? std::string(kSingleFileName)
                           : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size()),
        std::move(shards[i])));
  if (plan.files.size() > 1) plan.index = index_of(plan.files);
  return plan;
}

}  // namespace fullshard::convert
