#include "fullshard/prepare/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/member.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "prepare/formats/registry_entry.hpp"

namespace fullshard::prepare {

namespace {

using config::kRegistryFile;
constexpr size_t kNamesShown = 12;

std::string shown(const std::vector<std::string>& names) {
  const auto some = std::span(names).first(std::min(names.size(), kNamesShown));
  return fmt::format("{}{}", fmt::join(some, ", "), some.size() < names.size() ? ", …" : "");
}

[[noreturn]] void unknown(const std::string& name, const Registry& registry, const std::string& key) {
  const auto names = registry.names();
  if (names.empty() || name.find('/') != name.npos)
    throw ConfigError(
        key, fmt::format("{}: {} is not there; expected a file or directory, or, with dataset_dir and "
                         "without a slash, a name in its {}",
                         key, name, kRegistryFile));
  const std::string near = nearest(name, names);
  throw ConfigError(key,
                    fmt::format("{}: {} is neither a file nor in {}; {}", key, name, kRegistryFile,
                                near.empty() ? "known are " + shown(names) : "did you mean " + near + "?"));
}

}  // namespace

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

SourceFiles Registry::source(std::string_view name, const std::string& key) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) unknown(std::string(name), *this, key);
  const RegistryEntry& entry = found->second;
  if (!entry.refusal.empty())
    throw ConfigError(key, fmt::format("{}: {} in {}: {}", key, name, kRegistryFile, entry.refusal));
  if (!std::filesystem::exists(entry.path))
    throw ConfigError(key, fmt::format("{}: {} in {}: file_name: {} is not there", key, name, kRegistryFile,
                                       entry.path.string()));
  return {std::string(name), files_of(entry.path), entry.format, entry.num_samples};
}

Registry load_registry(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / kRegistryFile;
  if (!std::filesystem::exists(file))
    throw ConfigError("dataset_dir", fmt::format("dataset_dir: expected {} in {}, found none", kRegistryFile,
                                                 directory.string()));
  jinja::Heap heap;
  jinja::Value all;
  const std::string text = read_file(file);
  const size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a byte order mark
  try {
    all = jinja::parse_json(std::string_view(text).substr(mark), heap);
  } catch (const jinja::TemplateError& e) {
    throw ConfigError("dataset_dir", fmt::format("dataset_dir: {}: {}", file.string(), e.reason));
  }
  if (!all.is(jinja::Kind::Dict))
    throw ConfigError("dataset_dir", fmt::format("dataset_dir: {}: expected an object of data sets, found {}",
                                                 file.string(), jinja::json_kind(all)));
  Registry registry;
  for (const jinja::DictEntry& entry : all.dict().entries)
    registry.entries_.emplace(entry.key.string(), read_entry(entry.value, directory));
  return registry;
}

SourceFiles find_source(const config::DatasetEntry& entry, const Registry& registry, const RowFormat& format,
                        const std::string& key) {
  const auto& [name, path] = entry;
  std::error_code ignored;
  const bool is_path = std::filesystem::exists(path, ignored);
  if (!is_path && name.find('/') != name.npos) unknown(name, registry, key);
  SourceFiles source =
      is_path ? SourceFiles{name, files_of(path), format, std::nullopt} : registry.source(name, key);
  source.format.stage = format.stage;
  return source;
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto type_of = [&](const fs::path& file) {
    const fs::file_type type = fs::status(file, error).type();
    if (type == fs::file_type::none) throw IoError(file, -1, "cannot stat: " + error.message());
    return type;
  };
  const auto regular = [&](const fs::path& file) {
    if (type_of(file) == fs::file_type::regular) return file;
    throw DataError(file, 0, "expected a regular file; data is read more than once and by several ranks");
  };
  if (type_of(path) != fs::file_type::directory) return {regular(path)};
  std::vector<fs::path> files;
  fs::directory_iterator at(path, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& file = at->path();
    if (file.filename().string().starts_with('.')) continue;
    if (type_of(file) == fs::file_type::directory)
      throw DataError(
          path, 0,
          fmt::format("has a directory in it, {}; a source is a file or a directory of files: name each "
                      "directory",
                      file.filename().string()));
    files.push_back(regular(file));
  }
  if (error) throw IoError(path, -1, "cannot be listed: " + error.message());
  if (files.empty())
    throw DataError(path, 0,
                    "is a directory without a file; those whose names begin with a dot do not count");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace fullshard::prepare
