#include "config/run_data_codecs.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fullshard::config {
namespace {

namespace fs = std::filesystem;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    parts.emplace_back(trimmed(text.substr(at, comma - at)));
    at = comma + 1;
  }
  return parts;
}

std::optional<DatasetEntry> entry(const std::string& name, const fs::path& base) {
  if (name.empty() || name.find('\0') != std::string::npos) return {};
  return DatasetEntry{name, (base / name).lexically_normal()};
}

/// As it can be read again from anywhere: a path where there is a file, else a name.
std::string written(const DatasetEntry& e) {
  std::error_code ignored;
  return fs::exists(e.path, ignored) ? e.path.string() : e.name;
}

std::optional<double> positive_number(const JsonValue& v) {
  if (!v.is_number() || !std::isfinite(v.real) || !(v.real > 0)) return {};
  return v.real;
}

/// A file may have a comma in its name.
bool has_several(std::string_view text, const fs::path& base) {
  std::error_code ignored;
  return text.find(',') != text.npos && !fs::exists(base / text, ignored);
}

/// What `dataset` takes and a source does not.
bool is_several(const JsonValue& v, const fs::path& base) {
  return v.kind == JsonValue::Kind::Array || (v.kind == JsonValue::Kind::String && has_several(v.text, base));
}

/// What is wrong with a member of an entry of `sources`; empty if it was taken.
std::string read_member(const JsonValue& v, const fs::path& base, SourceEntry& out) {
  const auto found = [&](const char* expected) {
    return fmt::format("\"{}\": expected {}, found {}", v.name, expected, v.described());
  };
  constexpr std::array kNames{"dataset", "weight", "epochs", "max_samples"};
  if (std::find(kNames.begin(), kNames.end(), v.name) == kNames.end())
    return fmt::format("{}: expected dataset, weight, epochs or max_samples", json_excerpt(v.name));
  if (v.is_null()) return "";
  if (v.name == "dataset") {
    if (is_several(v, base)) return found("one path or name") + "; write an object for each";
    const auto read = v.kind == JsonValue::Kind::String ? entry(v.text, base) : std::nullopt;
    if (!read) return found("a path or a name");
    out.dataset = *read;
  } else if (v.name == "weight") {
    out.weight = positive_number(v);
    if (!out.weight) return found("a number above 0");
  } else if (v.name == "epochs") {
    const auto read = positive_number(v);
    if (!read) return found("a number above 0");
    out.epochs = *read;
  } else {
    if (v.kind != JsonValue::Kind::Integer || v.integer < 1) return found("a whole number from 1");
    out.max_samples = v.integer;
  }
  return "";
}

/// What is wrong with an entry of `sources`; empty if it was taken.
std::string read_source(const JsonValue& v, const fs::path& base, SourceEntry& out) {
  if (v.kind != JsonValue::Kind::Object)
    return fmt::format("expected an object with \"dataset\", found {}", v.described());
  for (const JsonValue& member : v.items)
    if (std::string complaint = read_member(member, base, out); !complaint.empty()) return complaint;
  if (out.dataset.name.empty())
    return fmt::format("expected \"dataset\", a path or a name, found {}", v.described());
  return "";
}

/// The names in a string with commas or in a list, in their order.
Parsed<std::vector<std::string>> names_in(const JsonValue& v, const fs::path& base) {
  std::vector<std::string> names;
  if (v.kind == JsonValue::Kind::String && !trimmed(v.text).empty())
    names = has_several(trimmed(v.text), base) ? split_at_commas(v.text)
                                               : std::vector{std::string(trimmed(v.text))};
  else if (v.kind != JsonValue::Kind::Array)
    return {};
  for (const JsonValue& item : v.items) {
    if (item.kind != JsonValue::Kind::String)
      return {
          {},
          fmt::format("entry {}: expected a path or a name, found {}", names.size() + 1, item.described())};
    names.push_back(item.text);
  }
  if (const auto gap = std::find(names.begin(), names.end(), ""); gap != names.end())
    return {{},
            fmt::format("entry {} of {} is empty; remove {}", gap - names.begin() + 1, v.described(),
                        v.kind == JsonValue::Kind::String ? "a comma" : "it")};
  return {std::move(names), ""};
}

}  // namespace

Codec<std::vector<DatasetEntry>> dataset_entries() {
  return {"a path or name, or a list of them",
          [](const JsonValue& v, const fs::path& base) -> Parsed<std::vector<DatasetEntry>> {
            const auto names = names_in(v, base);
            if (!names.value) return {{}, names.reason};
            std::vector<DatasetEntry> all;
            for (const std::string& name : *names.value) {
              const auto one = entry(name, base);
              if (!one) return {};
              all.push_back(*one);
            }
            return {all, ""};
          },
          [](JsonWriter& w, const std::vector<DatasetEntry>& x) {
            w.begin_array();
            for (const DatasetEntry& e : x) w.value(written(e));
            w.end_array();
          }};
}

Codec<std::vector<SourceEntry>> source_list() {
  return {"a list of objects",
          [](const JsonValue& v, const fs::path& base) -> Parsed<std::vector<SourceEntry>> {
            if (v.kind != JsonValue::Kind::Array) return {};
            std::vector<SourceEntry> all;
            for (const JsonValue& item : v.items) {
              SourceEntry source;
              const std::string complaint = read_source(item, base, source);
              if (!complaint.empty()) return {{}, fmt::format("entry {}: {}", all.size() + 1, complaint)};
              all.push_back(std::move(source));
            }
            return {all, ""};
          },
          [](JsonWriter& w, const std::vector<SourceEntry>& x) {
            w.begin_array();
            for (const SourceEntry& s : x) {
              w.begin_object().key("dataset").value(written(s.dataset));
              if (s.weight) w.key("weight").value(*s.weight);
              w.key("epochs").value(s.epochs);
              if (s.max_samples) w.key("max_samples").value(*s.max_samples);
              w.end_object();
            }
            w.end_array();
          }};
}

Codec<std::vector<double>> weight_list() {
  return {"a list of numbers above 0",
          [](const JsonValue& v, const fs::path&) -> Parsed<std::vector<double>> {
            std::vector<double> all;
            const auto take = [&](std::optional<double> weight) {
              if (weight) all.push_back(*weight);
              return weight.has_value();
            };
            if (v.kind == JsonValue::Kind::String) {
              for (const std::string& part : split_at_commas(v.text)) {
                JsonValue number;
                const auto [end, error] =
                    std::from_chars(part.data(), part.data() + part.size(), number.real);
                if (error != std::errc() || end != part.data() + part.size()) return {};
                number.kind = JsonValue::Kind::Real;
                if (!take(positive_number(number))) return {};
              }
            } else if (v.kind != JsonValue::Kind::Array) {
              return {};
            }
            for (const JsonValue& item : v.items)
              if (!take(positive_number(item))) return {};
            return {all, ""};
          },
          [](JsonWriter& w, const std::vector<double>& x) {
            w.begin_array();
            for (const double weight : x) w.value(weight);
            w.end_array();
          }};
}

Codec<std::vector<std::string>> text_list() {
  return {"a list of strings",
          [](const JsonValue& v, const fs::path&) -> Parsed<std::vector<std::string>> {
            if (v.kind != JsonValue::Kind::Array) return {};
            std::vector<std::string> all;
            for (const JsonValue& item : v.items) {
              if (item.kind != JsonValue::Kind::String || item.text.empty()) return {};
              all.push_back(item.text);
            }
            return {all, ""};
          },
          [](JsonWriter& w, const std::vector<std::string>& x) {
            w.begin_array();
            for (const std::string& text : x) w.value(text);
            w.end_array();
          }};
}

Codec<GivenTemplate> given_template() {
  return {"Jinja text, or the path of a file with it",
          [](const JsonValue& v, const fs::path& base) -> Parsed<GivenTemplate> {
            if (v.kind != JsonValue::Kind::String) return {};
            if (v.text.find('{') != v.text.npos) return {GivenTemplate{.text = v.text, .file = {}}, ""};
            const auto path = file_path().parse(v, base);
            if (!path.value) return {};
            return {GivenTemplate{.text = {}, .file = *path.value}, ""};
          },
          [](JsonWriter& w, const GivenTemplate& x) { w.value(x.text.empty() ? x.file.string() : x.text); }};
}

Codec<std::string> json_object() {
  return {"an object",
          [](const JsonValue& v, const fs::path&) -> Parsed<std::string> {
            if (v.kind != JsonValue::Kind::Object) return {};
            return {v.to_json(), ""};
          },
          [](JsonWriter& w, const std::string& x) { w.raw(x); }};
}

Codec<double> share_or_count() {
  return number("a share from 0 to below 1 or a whole number",
                [](double x) { return x >= 0 && (x < 1 || x == std::floor(x)) && x < 0x1p40; });
}

}  // namespace fullshard::config
