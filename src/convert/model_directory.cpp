#include "fullshard/convert/model_directory.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "convert/shard_index.hpp"
#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::convert {

namespace {

constexpr std::string_view kEmbedding = "model.embed_tokens.weight";
constexpr std::string_view kHead = "lm_head.weight";

bool is_left_out(std::string_view name) {
  return name.ends_with("rotary_emb.inv_freq");
}

void check_index_against_files(const std::filesystem::path& index_path,
                               const std::map<std::string, std::string>& index,
                               std::span<const SafetensorsFile> files) {
  for (const SafetensorsFile& file : files) {
    const std::string name = file.path().filename().string();
    for (const TensorInfo& t : file.tensors()) {
      const auto it = index.find(t.name);
      if (it == index.end() || it->second != name)
        throw ModelError(
            index_path,
            fmt::format("{} has the tensor '{}', which the index {}; index and shards are not "
                        "of one model, fetch them again",
                        name, t.name, it == index.end() ? "lacks" : "says to be in " + it->second));
    }
    for (const auto& [tensor, shard] : index)
      if (shard == name && file.find(tensor) == nullptr)
        throw ModelError(index_path,
                         fmt::format("expected the tensor '{}' in {}, which lacks it; index and shards are "
                                     "not of one model, fetch them again",
                                     tensor, name));
  }
}

std::vector<SafetensorsFile> open_shards(const std::filesystem::path& index_path) {
  const auto index = read_shard_index(index_path);
  std::set<std::string> names;
  for (const auto& [tensor, file] : index) names.insert(file);
  std::vector<SafetensorsFile> files;
  for (const std::string& name : names) {
    const auto path = index_path.parent_path() / name;
    if (!std::filesystem::exists(path))
      throw ModelError(path, fmt::format("is listed in {} ({} shards) but is not there; fetch it", kIndexName,
                                         names.size()));
    files.push_back(SafetensorsFile::open(path));
  }
  check_index_against_files(index_path, index, files);
  return files;
}

/// Differences of one kind, as lines of a message: the first twenty, and how many more there are.
struct Differences {
  static constexpr size_t kShown = 20;
  std::vector<std::string> lines;

  std::string text() const {
    std::string out;
    for (size_t i = 0; i < std::min(lines.size(), kShown); ++i) out += "\n  " + lines[i];
    if (lines.size() > kShown) out += fmt::format("\n  … and {} more of this kind", lines.size() - kShown);
    return out;
  }
};

Differences unmatched(std::string_view kind, std::span<const std::string> names, std::string_view hint,
                      std::span<const std::string> candidates) {
  Differences out;
  for (const std::string& name : names) {
    // Nearest names cost an edit distance each: only for lines that will be read.
    const std::string near = out.lines.size() < Differences::kShown ? nearest(name, candidates) : "";
    out.lines.push_back(
        fmt::format("{} '{}'{}", kind, name, near.empty() ? "" : fmt::format(" ({} '{}')", hint, near)));
  }
  return out;
}

}  // namespace

ModelDirectory::ModelDirectory(std::filesystem::path path, std::vector<SafetensorsFile> files,
                               Embeddings embeddings)
    : path_(std::move(path)), files_(std::move(files)), embeddings_(embeddings) {
  for (size_t f = 0; f < files_.size(); ++f)
    for (const TensorInfo& t : files_[f].tensors())
      if (!is_left_out(t.name)) index_.emplace(t.name, Location{f, &t});
}

ModelDirectory ModelDirectory::open(const std::filesystem::path& directory, Embeddings embeddings) {
  if (!std::filesystem::is_directory(directory))
    throw ModelError(directory, "expected a Hugging Face model directory, found no directory");
  std::vector<SafetensorsFile> files;
  if (std::filesystem::exists(directory / kSingleFileName))
    files.push_back(SafetensorsFile::open(directory / kSingleFileName));
  else if (std::filesystem::exists(directory / kIndexName))
    files = open_shards(directory / kIndexName);
  else
    throw ModelError(directory,
                     fmt::format("expected {} or {}, found neither; models in other formats must be saved as "
                                 "safetensors first",
                                 kSingleFileName, kIndexName));
  return ModelDirectory(directory, std::move(files), embeddings);
}

std::vector<const TensorInfo*> ModelDirectory::tensors() const {
  std::vector<const TensorInfo*> all;
  for (const auto& [name, location] : index_) all.push_back(location.info);
  return all;
}

Bytes ModelDirectory::size() const {
  Bytes total;
  for (const auto& [name, location] : index_) total += location.info->size;
  return total;
}

const ModelDirectory::Location* ModelDirectory::locate(std::string_view name) const {
  auto it = index_.find(name);
  if (it == index_.end() && embeddings_ == Embeddings::Tied) {
    if (name == kEmbedding) it = index_.find(kHead);
    if (name == kHead) it = index_.find(kEmbedding);
  }
  return it == index_.end() ? nullptr : &it->second;
}

const TensorInfo* ModelDirectory::find(std::string_view name) const {
  const Location* location = locate(name);
  return location == nullptr ? nullptr : location->info;
}

void ModelDirectory::read(std::string_view name, Elems first, DeviceSpan dst) const {
  const Location* location = locate(name);
  if (location == nullptr) throw ModelError(path_, fmt::format("expected a tensor '{}', found none", name));
  files_[location->file].read(*location->info, first, dst);
}

void ModelDirectory::read_ahead(std::string_view name, Elems first, Elems count) const {
  const Location* location = locate(name);
  if (location != nullptr) files_[location->file].read_ahead(*location->info, first, count);
}

std::string ModelDirectory::difference_between_tied_copies() const {
  const auto embedding = index_.find(kEmbedding), head = index_.find(kHead);
  if (embeddings_ != Embeddings::Tied || embedding == index_.end() || head == index_.end()) return "";
  const TensorInfo &a = *embedding->second.info, &b = *head->second.info;
  if (a.shape != b.shape)
    return fmt::format("shape {} of '{}' and {} of '{}' differ, although tie_word_embeddings makes them one",
                       shape_text(a.shape), kEmbedding, shape_text(b.shape), kHead);
  const int64_t total = a.count().value;
  std::vector<double> x(static_cast<size_t>(std::min(total, int64_t{1} << 17))), y(x.size());
  for (int64_t at = 0; at < total; at += static_cast<int64_t>(x.size())) {
    const Elems n{std::min(static_cast<int64_t>(x.size()), total - at)};
    read(kEmbedding, {at}, device_span(std::span(x)).slice({0}, n));
    read(kHead, {at}, device_span(std::span(y)).slice({0}, n));
    if (std::memcmp(x.data(), y.data(), static_cast<size_t>(n.value) * sizeof x[0]) != 0)
      return fmt::format(
          "'{}' and '{}' differ in value, although tie_word_embeddings makes them one; set it to false "
          "in config.json, or remove the wrong tensor",
          kEmbedding, kHead);
  }
  return "";
}

void ModelDirectory::check(std::span<const ExpectedTensor> expected) const {
  std::vector<std::string> missing, unexpected;
  Differences shapes, dtypes;
  std::set<const TensorInfo*> used;
  for (const ExpectedTensor& e : expected) {
    const TensorInfo* t = find(e.name);
    if (t == nullptr) {
      missing.push_back(e.name);
      continue;
    }
    used.insert(t);
    if (t->shape != e.shape)
      shapes.lines.push_back(fmt::format("shape of '{}': expected {}, found {}", t->name, shape_text(e.shape),
                                         shape_text(t->shape)));
    if (!t->dtype || !is_floating(*t->dtype))
      dtypes.lines.push_back(
          fmt::format("dtype of '{}': expected F32, F16, BF16 or F64, found {}", t->name, t->stored_dtype));
  }
  const bool tied = embeddings_ == Embeddings::Tied;
  for (const TensorInfo* t : tensors())
    if (!used.contains(t) && !(tied && (t->name == kHead || t->name == kEmbedding)))
      unexpected.push_back(t->name);
  std::string text = unmatched("missing", missing, "there is an unexpected", unexpected).text() +
                     unmatched("unexpected", unexpected, "did you mean", missing).text() + shapes.text() +
                     dtypes.text();
  size_t count = missing.size() + unexpected.size() + shapes.lines.size() + dtypes.lines.size();
  // Reads both copies, so only where the rest is right.
  if (count == 0)
    if (const std::string tie = difference_between_tied_copies(); !tie.empty())
      text = "\n  " + tie, count = 1;
  if (count > 0)
    throw ModelError(path_, fmt::format("the tensors are not those of its config.json ({} difference{}):{}",
                                        count, count == 1 ? "" : "s", text));
}

}  // namespace fullshard::convert
