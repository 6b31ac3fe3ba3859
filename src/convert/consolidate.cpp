#include "fullshard/convert/consolidate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/config/model_config.hpp"
#include "fullshard/convert/auxiliary_files.hpp"
#include "fullshard/convert/safetensors_writer.hpp"

namespace fullshard::convert {

namespace {

constexpr int64_t kPieceBytes = int64_t{32} << 20;
constexpr const char* kGroup = "master";

void stream(const checkpoint::CheckpointReader& reader, const checkpoint::StoredTensor& t,
            std::vector<std::byte>& piece, SafetensorsWriter& writer) {
  const int64_t per_piece = kPieceBytes / size_of(t.dtype);
  Digest digest;
  for (int64_t at = 0; at < t.count().value; at += per_piece) {
    const DeviceSpan part{piece.data(), {std::min(per_piece, t.count().value - at)}, t.dtype};
    reader.read_ahead(t, {at + per_piece}, {per_piece});  // comes in while this piece goes out
    reader.read(kGroup, t.name, {at}, part);
    digest += digest_of(part, {at});
    writer.write(t.name, {at}, part);
  }
  if (digest != t.digest)
    throw CheckpointError(
        reader.path(),
        fmt::format("tensor {}: digest {} expected, {} found; the file is damaged, use another checkpoint",
                    t.name, t.digest.hex(), digest.hex()));
}

}  // namespace

Export consolidate(const std::filesystem::path& path, const std::filesystem::path& out,
                   const ConsolidateOptions& options) {
  const auto reader = checkpoint::CheckpointReader::open(path);
  const DType dtype = options.dtype.value_or(config::load_model_config(path / "config.json").dtype);
  std::vector<TensorToWrite> tensors;
  for (const checkpoint::StoredTensor& t : reader.tensors())
    if (t.group == kGroup) tensors.push_back({t.name, t.shape});
  SafetensorsPlan plan = plan_safetensors(tensors, dtype, options.max_shard_size);
  Bytes size;
  for (const PlannedFile& file : plan.files)
    for (const TensorInfo& t : file.tensors) size += t.size;
  SafetensorsWriter writer(out, std::move(plan));
  std::vector<std::byte> piece(static_cast<size_t>(kPieceBytes));
  for (const checkpoint::StoredTensor& t : reader.tensors())
    if (t.group == kGroup) stream(reader, t, piece, writer);
  copy_auxiliary_files(path, out, options.dtype);
  return {size, writer.commit()};
}

}  // namespace fullshard::convert
