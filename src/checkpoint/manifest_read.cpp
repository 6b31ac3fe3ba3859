// Manifest in: every member is checked before anything trusts it.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

#include "checkpoint/byte_gaps.hpp"
#include "checkpoint/names.hpp"
#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

namespace json = boost::json;

/// The members of one JSON object, by name and type; `where` names the object in messages.
class Members {
 public:
  Members(const json::value& value, const std::filesystem::path& path, std::string where)
      : path_(path), where_(std::move(where)) {
    if (!value.is_object()) refuse("expected an object");
    object_ = &value.get_object();
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw CheckpointError(path_, fmt::format("{}{}{}; the file is damaged, use another checkpoint", where_,
                                             where_.empty() ? "" : ": ", what));
  }
  const json::value& at(const char* key) const {
    const json::value* v = object_->if_contains(key);
    if (!v) refuse(fmt::format("'{}' is missing", key));
    return *v;
  }
  int64_t number(const char* key) const {
    const json::value& v = at(key);
    if (!v.is_int64() || v.get_int64() < 0)
      refuse(fmt::format("'{}': expected a whole number of at least 0", key));
    return v.get_int64();
  }
  std::string text(const char* key) const {
    const json::value& v = at(key);
    if (!v.is_string()) refuse(fmt::format("'{}': expected a string", key));
    return std::string(v.get_string());
  }
  std::string component(const char* key) const {
    std::string name = text(key);
    if (!is_plain_name(name)) refuse(fmt::format("'{}': '{}' is not one plain name", key, name));
    return name;
  }
  Digest digest(const char* key) const {
    const std::string hex = text(key);
    try {
      return Digest::from_hex(hex);
    } catch (const Error& e) {
      refuse(fmt::format("'{}': {}", key, e.what()));
    }
  }
  uint64_t hash(const char* key) const {
    try {
      return hash_from_hex(text(key));
    } catch (const CheckpointError&) {
      throw;  // from text(): it names the file already
    } catch (const Error& e) {
      refuse(fmt::format("'{}': {}", key, e.what()));
    }
  }
  const json::array& array(const char* key) const {
    const json::value& v = at(key);
    if (!v.is_array()) refuse(fmt::format("'{}': expected an array", key));
    return v.get_array();
  }
  /// The objects of an array, each with its place in messages.
  std::vector<Members> objects(const char* key) const {
    std::vector<Members> all;
    for (const json::value& v : array(key))
      all.emplace_back(v, path_,
                       fmt::format("{}{}[{}]", where_.empty() ? "" : where_ + ".", key, all.size()));
    return all;
  }

 private:
  const std::filesystem::path& path_;
  std::string where_;
  const json::object* object_ = nullptr;
};

DType read_dtype(const Members& m) {
  const std::string name = m.text("dtype");
  for (DType t : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::U8})
    if (name_of(t) == name) return t;
  m.refuse(fmt::format("'dtype': '{}' is none that this program knows", name));
}

size_t read_file_index(const Members& m, const Manifest& manifest) {
  const std::string name = m.text("file");
  for (size_t i = 0; i < manifest.files.size(); ++i)
    if (manifest.files[i].name == name) return i;
  m.refuse(fmt::format("'file': '{}' is not among 'files'", name));
}

StoredTensor read_tensor(const Members& m, const Manifest& manifest) {
  StoredTensor t;
  t.group = m.component("group");
  t.name = m.component("name");
  t.dtype = read_dtype(m);
  t.digest = m.digest("digest");
  for (const json::value& dim : m.array("shape")) {
    if (!dim.is_int64()) m.refuse("'shape': expected whole numbers");
    t.shape.push_back(dim.get_int64());
  }
  const std::optional<Elems> total = element_count(t.shape, t.dtype);
  if (!total) m.refuse(fmt::format("'shape': [{}] is not a shape", fmt::join(t.shape, ", ")));
  Elems covered;
  for (const Members& x : m.objects("extents")) {
    const StoredExtent e{
        read_file_index(x, manifest), {x.number("first")}, {x.number("count")}, {x.number("offset")}};
    if (e.first != covered || e.count.value < 1 || e.count > *total - covered)
      x.refuse(fmt::format("elements [{}, +{}) do not go on at element {} of {}", e.first.value,
                           e.count.value, covered.value, total->value));
    covered += e.count;
    t.extents.push_back(e);
  }
  if (covered != *total)
    m.refuse(fmt::format("extents cover {} of {} elements", covered.value, total->value));
  return t;
}

void read_files(const Members& m, Manifest& manifest) {
  std::set<std::string> names{std::string(kManifestName)};
  const auto unique = [&](const Members& x) {
    std::string name = x.component("name");
    if (!names.insert(name).second) x.refuse(fmt::format("'name': '{}' is given twice", name));
    return name;
  };
  for (const Members& x : m.objects("files")) {
    const StoredFile f{unique(x), {x.number("size")}, {x.number("uuid_offset")}, x.digest("layout_digest")};
    const Bytes uuid_size{static_cast<int64_t>(manifest.uuid.size())};
    if (f.size < uuid_size || f.uuid_offset > f.size - uuid_size)
      x.refuse(fmt::format("'uuid_offset': {} is not inside {} bytes", f.uuid_offset.value, f.size.value));
    manifest.files.push_back(f);
  }
  for (const Members& x : m.objects("side_files"))
    manifest.side_files.push_back({unique(x), {x.number("size")}, x.hash("hash")});
}

RunState read_run(const Members& m) {
  RunState run;
  run.step = m.number("step");
  run.data_cursor = m.number("data_cursor");
  run.model_hash = m.text("model_hash");
  run.layout_hash = m.text("layout_hash");
  run.environment = m.text("environment");
  run.config_json = m.text("config");
  run.trainer_state = m.text("trainer");
  for (const Members& x : m.objects("ties")) run.ties.push_back({x.text("name"), x.text("same_as")});
  return run;
}

void check_version(const Members& m, const std::filesystem::path& path) {
  const int64_t version = m.number("format_version");
  if (version > Manifest::kFormatVersion)
    throw CheckpointError(path, fmt::format("format_version {} is newer than {}, the newest that this "
                                            "program reads; use the program that wrote it or a newer one",
                                            version, Manifest::kFormatVersion));
  if (version < 1) m.refuse("'format_version': expected at least 1");
}

void check_hash(const Members& m, std::string_view text) {
  const std::string stated = m.text("manifest_hash");
  std::string zeroed(text);
  const size_t at = zeroed.find('"' + stated + '"');  // the first string value of the file
  if (stated.size() != 16 || at == std::string::npos) m.refuse("'manifest_hash': expected 16 digits");
  zeroed.replace(at + 1, 16, 16, '0');
  const std::string found = fmt::format("{:016x}", hash64(zeroed));
  if (found != stated)
    m.refuse(fmt::format("the text has hash {}, its manifest_hash says {}", found, stated));
}

void check_tensors(const Members& m, const Manifest& manifest) {
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (const StoredTensor& t : manifest.tensors)
    if (!names.emplace(t.group, t.name).second)
      m.refuse(fmt::format("tensor {}/{} is given twice", t.group, t.name));
  try {
    for (size_t f = 0; f < manifest.files.size(); ++f) gaps_of(manifest, f);
  } catch (const Error& e) {
    m.refuse(std::string("extents: ") + e.what());
  }
}

}  // namespace

Manifest manifest_from_json(std::string_view text, const std::filesystem::path& path) {
  boost::system::error_code error;
  const json::value root = json::parse({text.data(), text.size()}, error);
  if (error)
    throw CheckpointError(path, "is not complete JSON (" + error.message() +
                                    "); it is damaged or was cut off, use another checkpoint");
  const Members m(root, path, "");
  check_version(m, path);  // first: a newer format may have changed everything else
  check_hash(m, text);
  Manifest manifest;
  manifest.uuid = m.text("uuid");
  if (!is_uuid(manifest.uuid)) m.refuse(fmt::format("'uuid': '{}' is none", manifest.uuid));
  manifest.created = m.text("created");
  manifest.run = read_run(m);
  read_files(m, manifest);
  for (const Members& x : m.objects("tensors")) manifest.tensors.push_back(read_tensor(x, manifest));
  check_tensors(m, manifest);
  return manifest;
}

}  // namespace fullshard::checkpoint
