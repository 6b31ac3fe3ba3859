#include "config/dataset_names.hpp"

#include <fmt/format.h>

#include "config/json_document.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::config {
namespace {

namespace fs = std::filesystem;

std::vector<DatasetEntry*> entries_of(RunConfig& c) {
  std::vector<DatasetEntry*> all;
  for (DatasetEntry& e : c.dataset) all.push_back(&e);
  for (SourceEntry& s : c.sources) all.push_back(&s.dataset);
  for (DatasetEntry& e : c.eval_dataset) all.push_back(&e);
  return all;
}

bool may_be_both(const DatasetEntry& e) {
  std::error_code ignored;
  return e.name.find('/') == e.name.npos && fs::exists(e.path, ignored);
}

bool has_name(const fs::path& registry, const std::string& name) {
  try {
    return parse_json(read_json_text(registry), JsonDialect::Strict).root.find(name) != nullptr;
  } catch (const Error& e) {
    throw Error(e.exit_code(), fmt::format("{}: {}; there is a file {}, too: write ./{} if it is meant",
                                           registry.string(), e.what(), name, name));
  }
}

}  // namespace

void prefer_registry(RunConfig& config) {
  if (!config.dataset_dir) return;
  const fs::path registry = *config.dataset_dir / kRegistryFile;
  if (std::error_code ignored; !fs::exists(registry, ignored)) return;  // load_registry refuses it
  for (DatasetEntry* e : entries_of(config))
    if (may_be_both(*e) && has_name(registry, e->name)) e->path.clear();
}

}  // namespace fullshard::config
