#include "fullshard/checkpoint/manifest.hpp"

#include <fmt/format.h>

#include <limits>

#include "fullshard/core/check.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/state_digest.hpp"

namespace fullshard::checkpoint {

namespace {

// The hash covers the text with sixteen zeros in its own place.
constexpr std::string_view kHashKey = "manifest_hash";
constexpr std::string_view kNoHash = "0000000000000000";

void write_files(JsonWriter& w, const Manifest& m) {
  w.key("files").begin_array();
  for (const StoredFile& f : m.files)
    w.begin_object()
        .key("name")
        .value(f.name)
        .key("size")
        .value(f.size.value)
        .key("uuid_offset")
        .value(f.uuid_offset.value)
        .key("layout_digest")
        .value(f.layout_digest.hex())
        .end_object();
  w.end_array().key("side_files").begin_array();
  for (const SideFile& f : m.side_files)
    w.begin_object()
        .key("name")
        .value(f.name)
        .key("size")
        .value(f.size.value)
        .key("hash")
        .value(fmt::format("{:016x}", f.hash))
        .end_object();
  w.end_array();
}

void write_tensor(JsonWriter& w, const Manifest& m, const StoredTensor& t) {
  w.begin_object().key("group").value(t.group).key("name").value(t.name).key("shape").begin_array();
  for (int64_t dim : t.shape) w.value(dim);
  w.end_array().key("dtype").value(name_of(t.dtype)).key("digest").value(t.digest.hex());
  w.key("extents").begin_array();
  for (const StoredExtent& e : t.extents)
    w.begin_object()
        .key("file")
        .value(m.files[e.file].name)
        .key("first")
        .value(e.first.value)
        .key("count")
        .value(e.count.value)
        .key("offset")
        .value(e.offset.value)
        .end_object();
  w.end_array().end_object();
}

void write_run(JsonWriter& w, const RunState& run) {
  w.key("step").value(run.step).key("data_cursor").value(run.data_cursor);
  w.key("model_hash").value(run.model_hash).key("layout_hash").value(run.layout_hash);
  w.key("environment").value(run.environment);
  w.key("ties").begin_array();
  for (const Tie& t : run.ties)
    w.begin_object().key("name").value(t.name).key("same_as").value(t.same_as).end_object();
  w.end_array().key("config").value(run.config_json).key("trainer").value(run.trainer_state);
}

}  // namespace

std::optional<Elems> element_count(std::span<const int64_t> shape, DType dtype) {
  int64_t n = 1;
  for (int64_t dim : shape) {
    if (dim <= 0 || n > std::numeric_limits<int64_t>::max() / size_of(dtype) / dim) return {};
    n *= dim;
  }
  return Elems{n};
}

Elems TensorSpec::count() const {
  const std::optional<Elems> n = element_count(shape, dtype);
  FS_CHECK(n, "{}/{}: a shape of [{}]", group, name, fmt::join(shape, ", "));
  return *n;
}

Digest state_part(const TensorSpec& t, Digest elements) {
  return fullshard::state_part(t.group + "/" + t.name, name_of(t.dtype), t.shape, elements);
}

Digest state_digest(const Manifest& m) {
  Digest sum;
  for (const StoredTensor& t : m.tensors) sum += state_part(t, t.digest);
  return sum;
}

std::string to_json(const Manifest& m) {
  JsonWriter w{1};
  w.begin_object().key("format_version").value(Manifest::kFormatVersion).key(kHashKey).value(kNoHash);
  w.key("uuid").value(m.uuid).key("created").value(m.created);
  write_run(w, m.run);
  write_files(w, m);
  w.key("tensors").begin_array();
  for (const StoredTensor& t : m.tensors) write_tensor(w, m, t);
  w.end_array().end_object();
  std::string text = w.str();
  const std::string hash = fmt::format("{:016x}", hash64(text));
  return text.replace(text.find(kNoHash), kNoHash.size(), hash);  // nothing precedes it but the version
}

}  // namespace fullshard::checkpoint
