#include "fullshard/convert/model_digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/state_digest.hpp"

namespace fullshard::convert {

namespace {

namespace json = boost::json;

constexpr int64_t kFormatVersion = 1;
constexpr int64_t kPiece = int64_t{4} << 20;
// About 100 bytes per tensor; the limit bounds what a damaged file may allocate.
constexpr uintmax_t kLargestRecord = 100'000'000;

Digest digest_from(const json::value* value, std::string_view what, const std::filesystem::path& path) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr) throw ModelError(path, fmt::format("{}: expected a digest, found none", what));
  try {
    return Digest::from_hex({text->data(), text->size()});
  } catch (const Error& e) {
    throw ModelError(path, fmt::format("{}: {}", what, e.what()));
  }
}

json::object parse_record(const std::filesystem::path& path) {
  if (std::filesystem::file_size(path) > kLargestRecord)
    throw ModelError(path, fmt::format("expected at most {} bytes", kLargestRecord));
  json::error_code error;
  json::value document = json::parse(read_file(path), error);
  if (error || !document.is_object())
    throw ModelError(path, fmt::format("expected a JSON object{}", error ? ": " + error.message() : ""));
  const json::value* version = document.as_object().if_contains("format_version");
  if (version == nullptr || *version != kFormatVersion)
    throw ModelError(path,
                     fmt::format("format_version: expected {}, found {}; a newer program wrote it, or it "
                                 "is damaged",
                                 kFormatVersion, version == nullptr ? "none" : json::serialize(*version)));
  return std::move(document.as_object());
}

}  // namespace

Digest digest_of(const SafetensorsFile& file, const TensorInfo& t) {
  const DType unit = t.dtype.value_or(DType::U8);
  const Elems total{t.size.value / size_of(unit)}, per_piece{kPiece / size_of(unit)};
  std::vector<std::byte> buffer(static_cast<size_t>(std::min(kPiece, t.size.value)));
  Digest sum;
  for (Elems at; at < total; at += per_piece) {
    const DeviceSpan piece{buffer.data(), std::min(per_piece, total - at), unit};
    file.read_bytes(t, bytes(at, unit), {piece.data, static_cast<size_t>(piece.size().value)});
    sum += fullshard::digest_of(piece, at);
  }
  return sum;
}

void ModelDigest::add(const TensorInfo& t, Digest elements) {
  const std::string_view dtype = t.dtype ? name_of(*t.dtype) : std::string_view(t.stored_dtype);
  const bool fresh = parts_.emplace(t.name, state_part(t.name, dtype, t.shape, elements)).second;
  FS_CHECK(fresh, "tensor '{}' is counted twice", t.name);
}

Digest ModelDigest::total() const {
  Digest sum;
  for (const auto& [name, part] : parts_) sum += part;
  return sum;
}

std::string ModelDigest::to_json() const {
  JsonWriter w(1);
  w.begin_object().key("format_version").value(kFormatVersion).key("digest").value(total().hex());
  w.key("tensors").begin_object();
  for (const auto& [name, part] : parts_) w.key(name).value(part.hex());
  return w.end_object().end_object().str() + "\n";
}

std::optional<ModelDigest> ModelDigest::recorded_in(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kDigestName;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const json::object top = parse_record(path);
  const Digest digest = digest_from(top.if_contains("digest"), "digest", path);
  const json::value* found = top.if_contains("tensors");
  const json::object* tensors = found == nullptr ? nullptr : found->if_object();
  if (tensors == nullptr) throw ModelError(path, "tensors: expected an object, found none");
  ModelDigest record;
  for (const auto& [key, part] : *tensors) {
    const std::string name(key.data(), key.size());
    record.parts_.emplace(name, digest_from(&part, "tensors." + name, path));
  }
  if (record.total() != digest)
    throw ModelError(path,
                     fmt::format("expected digests of tensors that add up to {}, found {}; the file was "
                                 "damaged or edited, remove it or export again",
                                 digest.hex(), record.total().hex()));
  return record;
}

std::vector<TensorDifference> ModelDigest::differences_from(const ModelDigest& recorded) const {
  std::vector<TensorDifference> all;
  for (const auto& [name, part] : parts_) {
    const auto it = recorded.parts_.find(name);
    if (it == recorded.parts_.end())
      all.push_back({name, fmt::format("is not in {}", kDigestName)});
    else if (it->second != part)
      all.push_back(
          {name, fmt::format("has other bits, another dtype or shape than {} recorded", kDigestName)});
  }
  for (const auto& [name, part] : recorded.parts_)
    if (!parts_.contains(name)) all.push_back({name, "is recorded, and no file has it"});
  return all;
}

}  // namespace fullshard::convert
