#include "fullshard/convert/describe.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "fullshard/convert/model_digest.hpp"
#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
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

// The lines of a file's tensors; their digests, where asked for, are counted in `digest`.
std::string tensor_lines(const SafetensorsFile& file, ModelDigest* digest) {
  std::string lines;
  for (const TensorInfo& t : file.tensors()) {
    std::string hex;
    if (digest != nullptr) {
      const Digest elements = digest_of(file, t);
      digest->add(t, elements);
      hex = "  " + elements.hex();
    }
    lines += fmt::format("  {:<60} {:<8} {:<16}{}\n", t.name, t.stored_dtype, shape_text(t.shape), hex);
  }
  return lines;
}

std::string describe_files(std::span<const SafetensorsFile> files, ModelDigest* digest) {
  Totals all;
  std::map<std::string, Totals> by_dtype;
  std::string per_file;
  for (const SafetensorsFile& file : files) {
    Totals mine;
    for (const TensorInfo& t : file.tensors()) {
      mine.add(t);
      all.add(t);
      by_dtype[t.stored_dtype].add(t);
    }
    per_file += fmt::format("{}: {} tensors, {}\n{}", file.path().filename().string(), mine.tensors,
                            human(mine.size), tensor_lines(file, digest));
  }
  std::string dtypes;
  for (const auto& [name, totals] : by_dtype)
    dtypes += fmt::format("{}{} ({} tensors)", dtypes.empty() ? "" : ", ", name, totals.tensors);
  return fmt::format("parameters    {}\nbytes         {} ({})\ndtype         {}\n\n{}",
                     with_thousands(all.elements), with_thousands(all.size.value), human(all.size),
                     dtypes.empty() ? "none" : dtypes, per_file);
}

// "model-00002-of-00003.safetensors: tensor x …", or the record's name for a tensor that no file has.
std::string sentence(const TensorDifference& d, const ModelDirectory& model) {
  std::filesystem::path where = model.path() / kDigestName;
  for (const SafetensorsFile& file : model.files())
    if (file.find(d.tensor) != nullptr) where = file.path();
  return fmt::format("{}: tensor {} {}", where.string(), d.tensor, d.what);
}

// Compares with the record, if there is one that can be read.
Description compared(const ModelDigest& digest, const ModelDirectory& model) {
  Description d;
  std::string verdict = fmt::format("no {} to compare with", kDigestName);
  try {
    if (const auto recorded = ModelDigest::recorded_in(model.path())) {
      const std::string theirs = recorded->total().hex();
      verdict = fmt::format("{} says {}", kDigestName, theirs == digest.total().hex() ? "the same" : theirs);
      for (const TensorDifference& difference : digest.differences_from(*recorded))
        d.damage.push_back(sentence(difference, model));
    }
  } catch (const ModelError& e) {
    verdict = fmt::format("{} is damaged", kDigestName);
    d.damage.push_back(e.what());
  }
  d.text = fmt::format("\ndigest        {}  ({})\n", digest.total().hex(), verdict);
  return d;
}

}  // namespace

Description describe_model(const std::filesystem::path& path, Digests digests) {
  ModelDigest digest;
  ModelDigest* const asked = digests == Digests::Include ? &digest : nullptr;
  if (!std::filesystem::is_directory(path)) {
    const SafetensorsFile file = SafetensorsFile::open(path);
    std::string text = fmt::format("file          {}\n{}", path.string(), describe_files({&file, 1}, asked));
    if (asked != nullptr) text += fmt::format("\ndigest        {}\n", digest.total().hex());
    return {std::move(text), {}};
  }
  const ModelDirectory model = ModelDirectory::open(path);
  std::string text = fmt::format("model         {}\narchitecture  {}\n{}", path.string(),
                                 architecture_of(path / "config.json"), describe_files(model.files(), asked));
  Description d;
  if (asked != nullptr) d = compared(digest, model);
  d.text = text + d.text;
  return d;
}

}  // namespace fullshard::convert
