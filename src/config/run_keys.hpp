#pragma once
// The one description of every key of a run file: reading, printing, "did you mean" and documentation use it.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_document.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::config {

/// A key that is honoured. `name` is dotted; keys of one group stand together.
struct Key {
  std::string section, name, type, doc;
  /// Stores the value; returns why it cannot, empty if it did.
  std::function<std::string(RunConfig&, const JsonValue&, const std::filesystem::path& base)> read;
  std::function<void(RunConfig&, JsonWriter&)> write;
};
std::vector<Key> run_keys();

/// Another spelling of a key. `translate` gives the value for `target`; none: not of the expected type.
struct Alias {
  std::string name, target, type, doc;
  std::optional<JsonValue> (*translate)(const JsonValue&);
};
std::vector<Alias> run_aliases();

/// A key of other programs that is taken without effect, whatever its value, or refused unless it asks for
/// what happens anyway.
struct PassiveKey {
  enum class Rule { NoEffect, RefusedUnless };

  std::string name;
  Rule rule;
  /// JSON of a list: the values that are accepted besides null and false.
  std::string accepted;
  std::string doc;
};
std::vector<PassiveKey> passive_keys();

/// Contradictions between keys, and paths that do not exist; fills in what depends on other keys.
void validate(RunConfig& config, const Provenance& provenance, std::vector<std::string>& problems);

}  // namespace fullshard::config
