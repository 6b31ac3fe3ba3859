#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/json_document.hpp"
#include "config/run_data_codecs.hpp"
#include "config/run_keys.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::config {
namespace {

namespace fs = std::filesystem;

struct Setting {
  std::string key;
  JsonValue value;
  std::string where;  ///< "line 3" or "override"
  fs::path base;      ///< what relative paths start from
};

/// Collects settings by target key, later levels over earlier ones, and reads them into a RunConfig.
class Reader {
 public:
  Reader() {
    for (const Key& k : keys_)  // sharding.mesh.nodes: sharding, and sharding.mesh
      for (size_t dot = k.name.find('.'); dot != std::string::npos; dot = k.name.find('.', dot + 1))
        groups_.push_back(k.name.substr(0, dot));
  }

  void problem(std::string text) { problems_.push_back(std::move(text)); }

  /// One object, whose groups become dotted keys.
  void flatten(const JsonValue& object, const std::string& prefix, const std::string& where,
               const fs::path& base, std::vector<Setting>& out) {
    for (const JsonValue& member : object.items) {
      const std::string key = prefix + member.name;
      const std::string at = where.empty() ? fmt::format("line {}", member.line) : where;
      if (!is_group(key)) {
        out.push_back({key, member, at, base});
      } else if (member.kind == JsonValue::Kind::Object) {
        flatten(member, key + ".", where, base, out);
      } else if (!member.is_null()) {
        problem(fmt::format("{} ({}): expected an object, found {}", shown_key(key), at, member.described()));
      }
    }
  }

  /// All settings of one level: the file, then the overrides.
  void add_level(const std::vector<Setting>& settings) {
    std::map<std::string, Chosen> level;
    for (const Setting& s : settings) add(s, level);
    for (auto& [target, chosen] : level) chosen_[target] = std::move(chosen);
  }

  LoadedRun finish() {
    LoadedRun run;
    for (const Key& k : keys_) {
      run.provenance[k.name] = "default";
      const auto it = chosen_.find(k.name);
      if (it == chosen_.end() || it->second.setting.value.is_null()) continue;
      const Setting& s = it->second.setting;
      run.provenance[k.name] = it->second.label;
      const std::string complaint = k.read(run.config, s.value, s.base);
      if (!complaint.empty()) problem(fmt::format("{} ({}): {}", s.key, s.where, complaint));
    }
    validate(run.config, run.provenance, problems_);
    return run;
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Chosen {
    Setting setting;
    std::string label;
  };

  bool is_group(const std::string& key) const {
    return std::find(groups_.begin(), groups_.end(), key) != groups_.end();
  }

  void add(const Setting& s, std::map<std::string, Chosen>& level) {
    const auto named = [&](const auto& entry) { return entry.name == s.key; };
    if (std::any_of(keys_.begin(), keys_.end(), named)) {
      choose(s, s.key, s.where, level);
    } else if (const auto a = std::find_if(aliases_.begin(), aliases_.end(), named); a != aliases_.end()) {
      add_alias(s, *a, level);
    } else if (const auto p = std::find_if(passive_.begin(), passive_.end(), named); p != passive_.end()) {
      check_passive(s, *p);
    } else {
      unknown(s);
    }
  }

  void add_alias(const Setting& s, const Alias& alias, std::map<std::string, Chosen>& level) {
    if (s.value.is_null()) return;
    const auto translated = alias.translate(s.value);
    if (!translated) {
      problem(fmt::format("{} ({}): expected {}, found {}", s.key, s.where, alias.type, s.value.described()));
      return;
    }
    Setting target = s;
    target.value = *translated;
    choose(target, alias.target, fmt::format("{} ({})", s.where, alias.name), level);
  }

  void choose(Setting s, const std::string& target, std::string label, std::map<std::string, Chosen>& level) {
    canonicalize(s, target);
    const auto [it, is_new] = level.try_emplace(target, Chosen{s, label});
    if (is_new || s.key == it->second.setting.key) {
      it->second = {std::move(s), std::move(label)};
      return;
    }
    const Setting& other = it->second.setting;
    if (same_value(s.value, other.value) || s.value.is_null()) return;
    // A warm-up of 0 beside a ratio is what older files have by default.
    const bool other_is_nothing = other.value.is_null() || (target == "warmup_steps" &&
                                                            other.value.is_number() && other.value.real == 0);
    if (other_is_nothing) {
      it->second = {std::move(s), std::move(label)};
    } else if (!(target == "warmup_steps" && s.value.is_number() && s.value.real == 0)) {
      problem(fmt::format("{} ({}): contradicts {} ({}); keep one of them", s.key, s.where, other.key,
                          other.where));
    }
  }

  /// Spellings of "not given" that files of other programs have.
  static void canonicalize(Setting& s, const std::string& target) {
    const bool absent_steps =
        target == "max_steps" && s.value.kind == JsonValue::Kind::Integer && s.value.integer == -1;
    const bool resume =
        target == "resume_from_checkpoint" && s.value.kind == JsonValue::Kind::Bool && s.value.truth;
    const bool no_data = (target == "dataset" || target == "sources" || target == "eval_dataset") &&
                         s.value.kind == JsonValue::Kind::Array && s.value.items.empty();
    if (absent_steps || resume || no_data) s.value = JsonValue{};
  }

  void check_passive(const Setting& s, const PassiveKey& key) {
    if (key.rule == PassiveKey::Rule::NoEffect || s.value.is_null()) return;
    const JsonDocument accepted = parse_json(key.accepted, JsonDialect::Strict);
    for (const JsonValue& v : accepted.root.items)
      if (same_value(v, s.value)) return;
    const bool is_false = s.value.kind == JsonValue::Kind::Bool && !s.value.truth;
    const auto accepts_false = [](const JsonValue& v) { return v.kind != JsonValue::Kind::Bool; };
    const auto& list = accepted.root.items;
    if (is_false && std::all_of(list.begin(), list.end(), accepts_false)) return;
    std::vector<std::string> names;
    for (const JsonValue& v : accepted.root.items) names.push_back(v.to_json());
    problem(fmt::format("{} ({}): {} is refused: {}; {}", s.key, s.where, s.value.shown(), key.doc,
                        names.empty() ? "remove the key"
                                      : fmt::format("remove the key or write {}", fmt::join(names, " or "))));
  }

  /// Whether the key is in an object that is one value, which has no dotted keys.
  bool inside_object(const Setting& s) {
    for (const Key& k : keys_) {
      if (k.type != json_object().type || !s.key.starts_with(k.name + ".")) continue;
      const std::string object =
          fmt::format("{{{}: {}}}", json_excerpt(s.key.substr(k.name.size() + 1)), s.value.shown());
      problem(fmt::format("{} ({}): no such key; write {}", shown_key(s.key), s.where,
                          s.where == "override" ? fmt::format("'{}={}'", k.name, object)
                                                : fmt::format("\"{}\": {}", k.name, object)));
      return true;
    }
    return false;
  }

  void unknown(const Setting& s) {
    if (inside_object(s)) return;
    std::vector<std::string> names;
    for (const Key& k : keys_) names.push_back(k.name);
    for (const Alias& a : aliases_) names.push_back(a.name);
    for (const PassiveKey& p : passive_) names.push_back(p.name);
    std::string hint = nearest(s.key, names);
    if (hint.empty())  // the right name in the wrong place: "strategy" for "sharding.strategy"
      for (const std::string& name : names)
        if (name.ends_with("." + s.key)) hint = name;
    problem(fmt::format(
        "{} ({}): no such key; {}", shown_key(s.key), s.where,
        hint.empty() ? "docs/config.md lists all keys, remove it" : fmt::format("did you mean {}?", hint)));
  }

  const std::vector<Key> keys_ = run_keys();
  const std::vector<Alias> aliases_ = run_aliases();
  const std::vector<PassiveKey> passive_ = passive_keys();
  std::vector<std::string> groups_;
  std::vector<std::string> problems_;
  std::map<std::string, Chosen> chosen_;
};

/// Whether an object ends with the first line and another begins below it, as in JSON lines.
bool looks_like_rows(const std::string& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const size_t next = text.find_first_not_of(" \t\r\n", end);
  if (next == std::string::npos || text[next] != '{') return false;
  try {
    return parse_json(text.substr(0, end), JsonDialect::Strict).root.kind == JsonValue::Kind::Object;
  } catch (const Error&) {
    return false;
  }
}

JsonDocument read_document(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored))
    throw ConfigError(
        "", fmt::format(
                "{}: expected a run file, found {}", path.string(),
                fs::is_directory(path, ignored) ? "a directory; name the run file itself" : "no such file"));
  try {
    const std::string text = read_json_text(path);
    if (looks_like_rows(text))
      throw ConfigError("",
                        "expected one JSON object, found one on each line, which looks like data; name a run "
                        "file, whose key dataset names the data");
    JsonDocument document = parse_json(text, JsonDialect::Relaxed);
    if (document.root.kind != JsonValue::Kind::Object)
      throw ConfigError("", fmt::format("expected an object, found {}", document.root.described()));
    return document;
  } catch (const IoError& e) {
    throw ConfigError("", e.what());
  } catch (const Error& e) {
    throw ConfigError("", fmt::format("{}: {}", path.string(), e.what()));
  }
}

/// "key=value", the value as JSON where it is JSON.
void add_override(const std::string& text, const fs::path& base, Reader& reader, std::vector<Setting>& out) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    reader.problem(fmt::format("{}: expected key=value", shown_key(text)));
    return;
  }
  const std::string value = text.substr(equals + 1);
  JsonValue holder;
  holder.kind = JsonValue::Kind::Object;
  JsonValue member;
  try {
    JsonDocument document = parse_json(value, JsonDialect::Strict);
    member = std::move(document.root);
    for (const std::string& duplicate : document.duplicates)
      reader.problem(shown_key(text) + ": " + duplicate);
  } catch (const Error&) {
    member.kind = JsonValue::Kind::String;
    member.text = value;
  }
  member.name = text.substr(0, equals);
  holder.items.push_back(std::move(member));
  reader.flatten(holder, "", "override", base, out);
}

}  // namespace

LoadedRun load_run_config(const fs::path& path, const std::vector<std::string>& overrides) {
  const JsonDocument document = read_document(path);
  Reader reader;
  for (const std::string& duplicate : document.duplicates) reader.problem(duplicate);

  std::vector<Setting> settings;
  reader.flatten(document.root, "", "", fs::absolute(path).parent_path(), settings);
  reader.add_level(settings);
  settings.clear();
  for (const std::string& text : overrides) add_override(text, fs::current_path(), reader, settings);
  reader.add_level(settings);

  LoadedRun run = reader.finish();
  if (run.config.tokenized_path.empty())
    run.config.tokenized_path = fs::absolute(path).parent_path() / "tokenized";
  const auto& problems = reader.problems();
  if (problems.empty()) return run;
  const std::string first = problems.front().substr(0, problems.front().find_first_of(" :"));
  throw ConfigError(first, fmt::format("{}: {} problem{}\n  {}", path.string(), problems.size(),
                                       problems.size() == 1 ? "" : "s", fmt::join(problems, "\n  ")));
}

}  // namespace fullshard::config
