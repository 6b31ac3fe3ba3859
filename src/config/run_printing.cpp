#include <fmt/format.h>

#include <functional>

#include "config/run_keys.hpp"
#include "fullshard/config/run_config.hpp"

namespace fullshard::config {
namespace {

std::string group_of(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string leaf_of(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

std::string value_json(const Key& key, RunConfig& config) {
  JsonWriter w;
  key.write(config, w);
  return w.str();
}

}  // namespace

std::string resolved_json(const RunConfig& config) {
  RunConfig copy = config;  // the table hands out references
  JsonWriter w;
  w.begin_object();
  std::string group;
  for (const Key& key : run_keys()) {
    if (group_of(key.name) != group) {
      if (!group.empty()) w.end_object();
      group = group_of(key.name);
      if (!group.empty()) w.key(group).begin_object();
    }
    key.write(copy, w.key(leaf_of(key.name)));
  }
  if (!group.empty()) w.end_object();
  return w.end_object().str();
}

std::vector<std::pair<std::string, std::string>> resolved_values(const RunConfig& config) {
  RunConfig copy = config;
  std::vector<std::pair<std::string, std::string>> values;
  for (const Key& key : run_keys()) values.emplace_back(key.name, value_json(key, copy));
  return values;
}

std::string annotated_json(const LoadedRun& run) {
  RunConfig copy = run.config;
  std::string out = "{\n";
  std::string group, section;
  for (const Key& key : run_keys()) {
    if (group_of(key.name) != group) {
      if (!group.empty()) out += "  },\n";
      group = group_of(key.name);
      if (!group.empty()) out += fmt::format("  {}: {{\n", json_quoted(group));
    }
    if (key.section != section) {
      section = key.section;
      out += fmt::format("  // {}\n", section);
    }
    const std::string line = fmt::format("{}{}: {},", group.empty() ? "  " : "    ",
                                         json_quoted(leaf_of(key.name)), value_json(key, copy));
    out += fmt::format("{:<60} // {}\n", line, run.provenance.at(key.name));
  }
  if (!group.empty()) out += "  },\n";
  return out + "}\n";
}

}  // namespace fullshard::config
