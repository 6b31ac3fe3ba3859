#pragma once
// How values of a run file are read and written, by type.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "config/json_document.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::config {

template <class T>
struct Parsed {
  std::optional<T> value;
  std::string reason;  ///< why there is none, in place of "expected <type>, found …"
};

/// `type` completes the sentence "expected …" and stands in the documentation. `base` is what relative paths
/// start from.
template <class T>
struct Codec {
  std::string type;
  std::function<Parsed<T>(const JsonValue&, const std::filesystem::path& base)> parse;
  std::function<void(JsonWriter&, const T&)> write;
};

template <class T>
struct Choice {
  std::string name;
  T value;
};

template <class I = int64_t>
Codec<I> whole(int64_t least, int64_t greatest = std::numeric_limits<int64_t>::max()) {
  const bool open = greatest == std::numeric_limits<int64_t>::max();
  return {open ? fmt::format("a whole number from {}", least)
               : fmt::format("a whole number from {} to {}", least, greatest),
          [=](const JsonValue& v, const std::filesystem::path&) -> Parsed<I> {
            if (v.kind != JsonValue::Kind::Integer || v.integer < least || v.integer > greatest) return {};
            return {static_cast<I>(v.integer), ""};
          },
          [](JsonWriter& w, const I& x) { w.value(static_cast<int64_t>(x)); }};
}

/// Reals that `holds` accepts; infinities never.
inline Codec<double> number(std::string type, bool (*holds)(double)) {
  return {std::move(type),
          [=](const JsonValue& v, const std::filesystem::path&) -> Parsed<double> {
            if (!v.is_number() || !std::isfinite(v.real) || !holds(v.real)) return {};
            return {v.real, ""};
          },
          [](JsonWriter& w, const double& x) { w.value(x); }};
}

template <class T>
Codec<T> choice(std::vector<Choice<T>> choices, std::vector<std::string> later = {}) {
  // Several names of one value are aliases; the first is the one that is written.
  std::vector<std::string> names;
  for (const auto& c : choices) names.push_back(json_quoted(c.name));
  return {fmt::format("one of {}", fmt::join(names, ", ")),
          [=](const JsonValue& v, const std::filesystem::path&) -> Parsed<T> {
            if (v.kind != JsonValue::Kind::String) return {};
            for (const auto& c : choices)
              if (c.name == v.text) return {c.value, ""};
            for (const std::string& name : later)
              if (name == v.text)
                return {{},
                        fmt::format("{} is not in this version; expected one of {}", json_quoted(name),
                                    fmt::join(names, ", "))};
            return {};
          },
          [=](JsonWriter& w, const T& x) {
            for (const auto& c : choices)
              if (c.value == x) {
                w.value(c.name);
                return;
              }
          }};
}

template <class T>
Codec<std::optional<T>> maybe(Codec<T> inner) {
  return {inner.type,
          [=](const JsonValue& v, const std::filesystem::path& base) -> Parsed<std::optional<T>> {
            Parsed<T> parsed = inner.parse(v, base);
            if (!parsed.value) return {{}, parsed.reason};
            return {std::optional<std::optional<T>>(std::in_place, std::move(parsed.value)), ""};
          },
          [=](JsonWriter& w, const std::optional<T>& x) { x ? inner.write(w, *x) : void(w.null()); }};
}

/// A choice that also takes whole numbers from 0 for the names in `numbered`.
template <class T>
Codec<T> choice_or_number(std::vector<Choice<T>> choices, std::vector<std::string> numbered) {
  Codec<T> named = choice<T>(std::move(choices));
  return {fmt::format("{}, or a number from 0 to {}", named.type, numbered.size() - 1),
          [=](const JsonValue& v, const std::filesystem::path& base) -> Parsed<T> {
            if (v.kind != JsonValue::Kind::Integer) return named.parse(v, base);
            if (v.integer < 0 || v.integer >= std::ssize(numbered)) return {};
            JsonValue name;
            name.kind = JsonValue::Kind::String;
            name.text = numbered[static_cast<size_t>(v.integer)];
            return named.parse(name, base);
          },
          named.write};
}

Codec<bool> flag();
Codec<std::string> text();
Codec<std::filesystem::path> file_path();
/// "5GB", "500MiB" or a number of bytes.
Codec<Bytes> size_text();

}  // namespace fullshard::config
