#include "fullshard/convert/describe.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::convert {

namespace {

std::string architecture_of(const std::filesystem::path& config) {
  if (!std::filesystem::exists(config)) return "unknown (no config.json)";
  boost::json::error_code error;
  const auto document = boost::json::parse(read_file(config), error);
  const auto* top = error ? nullptr : document.if_object();
  if (top == nullptr) throw ModelError(config, "expected a JSON object, found something else");
  const auto* names = top->if_contains("architectures");
  const auto* list = names == nullptr ? nullptr : names->if_array();
  const auto* first = list == nullptr || list->empty() ? nullptr : list->front().if_string();
  return first == nullptr ? "unknown (config.json names none)" : std::string(first->data(), first->size());
}

struct Totals {
  int64_t tensors = 0, elements = 0;
  Bytes size;
  void add(const TensorInfo& t) {
    ++tensors;
    elements += t.count().value;
    size += t.size;
  }
};

Digest digest_of_tensor(const SafetensorsFile& file, const TensorInfo& t) {
  constexpr Elems kPiece{int64_t{1} << 20};
  std::vector<std::byte> buffer(static_cast<size_t>(bytes(std::min(kPiece, t.count()), *t.dtype).value));
  Digest sum;
  for (Elems at; at < t.count(); at += kPiece) {
    const DeviceSpan piece{buffer.data(), std::min(kPiece, t.count() - at), *t.dtype};
    file.read(t, at, piece);
    sum += digest_of(piece, at);
  }
  return sum;
}

std::string tensor_line(const SafetensorsFile& file, const TensorInfo& t, Digests digests) {
  const std::string digest = digests == Digests::Omit ? ""
                             : t.dtype                ? "  " + digest_of_tensor(file, t).hex()
                                                      : "  (no digest for this dtype)";
  return fmt::format("  {:<60} {:<8} {:<16}{}\n", t.name, t.stored_dtype, shape_text(t.shape), digest);
}

std::string describe_files(std::span<const SafetensorsFile> files, Digests digests) {
  Totals all;
  std::map<std::string, Totals> by_dtype;
  std::string per_file;
  for (const SafetensorsFile& file : files) {
    Totals mine;
    std::string lines;
    for (const TensorInfo& t : file.tensors()) {
      mine.add(t);
      all.add(t);
      by_dtype[t.stored_dtype].add(t);
      lines += tensor_line(file, t, digests);
    }
    per_file += fmt::format("{}: {} tensors, {}\n{}", file.path().filename().string(), mine.tensors,
                            human(mine.size), lines);
  }
  std::string dtypes;
  for (const auto& [name, totals] : by_dtype)
    dtypes += fmt::format("{}{} ({} tensors)", dtypes.empty() ? "" : ", ", name, totals.tensors);
  return fmt::format("parameters    {}\nbytes         {} ({})\ndtype         {}\n\n{}",
                     with_thousands(all.elements), with_thousands(all.size.value), human(all.size),
                     dtypes.empty() ? "none" : dtypes, per_file);
}

}  // namespace

std::string describe_model(const std::filesystem::path& path, Digests digests) {
  if (!std::filesystem::is_directory(path)) {
    const SafetensorsFile file = SafetensorsFile::open(path);
    return fmt::format("file          {}\n{}", path.string(), describe_files({&file, 1}, digests));
  }
  const ModelDirectory model = ModelDirectory::open(path);
  return fmt::format("model         {}\narchitecture  {}\n{}", path.string(),
                     architecture_of(path / "config.json"), describe_files(model.files(), digests));
}

}  // namespace fullshard::convert
