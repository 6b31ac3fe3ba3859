#include "config/run_codecs.hpp"

#include <array>
#include <charconv>

namespace fullshard::config {
namespace {

namespace fs = std::filesystem;

fs::path resolved(const std::string& text, const fs::path& base) {
  return (base / text).lexically_normal();
}

std::optional<Bytes> parse_size(std::string_view text) {
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 9> kUnits = {{{"", 1},
                                                  {"KB", 1e3},
                                                  {"MB", 1e6},
                                                  {"GB", 1e9},
                                                  {"TB", 1e12},
                                                  {"KiB", 0x1p10},
                                                  {"MiB", 0x1p20},
                                                  {"GiB", 0x1p30},
                                                  {"TiB", 0x1p40}}};
  if (error != std::errc()) return {};
  for (const Unit& u : kUnits) {
    const double total = amount * u.bytes;
    if (u.name == unit && total >= 1 && total < 0x1p62) return Bytes{static_cast<int64_t>(total)};
  }
  return {};
}

}  // namespace

Codec<bool> flag() {
  return {"true or false",
          [](const JsonValue& v, const fs::path&) -> Parsed<bool> {
            if (v.kind != JsonValue::Kind::Bool) return {};
            return {v.truth, ""};
          },
          [](JsonWriter& w, const bool& x) { w.value(x); }};
}

Codec<std::string> text() {
  return {"a string",
          [](const JsonValue& v, const fs::path&) -> Parsed<std::string> {
            if (v.kind != JsonValue::Kind::String || v.text.empty()) return {};
            return {v.text, ""};
          },
          [](JsonWriter& w, const std::string& x) { w.value(x); }};
}

Codec<fs::path> file_path() {
  return {"a path",
          [](const JsonValue& v, const fs::path& base) -> Parsed<fs::path> {
            if (v.kind != JsonValue::Kind::String || v.text.empty() || v.text.find('\0') != std::string::npos)
              return {};
            return {resolved(v.text, base), ""};
          },
          [](JsonWriter& w, const fs::path& x) { w.value(x.string()); }};
}

Codec<Bytes> size_text() {
  return {"a size like \"5GB\" or \"500MiB\"",
          [](const JsonValue& v, const fs::path&) -> Parsed<Bytes> {
            if (v.kind == JsonValue::Kind::Integer && v.integer > 0) return {Bytes{v.integer}, ""};
            if (v.kind != JsonValue::Kind::String) return {};
            return {parse_size(v.text), ""};
          },
          [](JsonWriter& w, const Bytes& x) {
            const bool round = x.value % 1'000'000 == 0;
            w.value(round ? fmt::format("{}MB", x.value / 1'000'000) : fmt::format("{}", x.value));
          }};
}

}  // namespace fullshard::config
