#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/run_codecs.hpp"
#include "config/run_keys.hpp"

namespace fullshard::config {

/// Collects keys of a run file: where each is kept, how it is read and written, what it means.
class KeyTable {
 public:
  void section(std::string title) { section_ = std::move(title); }

  template <class T>
  void key(std::string name, std::type_identity_t<std::function<T&(RunConfig&)>> at, Codec<T> codec,
           std::string doc) {
    auto read = [at, parse = codec.parse, type = codec.type](
                    RunConfig& c, const JsonValue& v, const std::filesystem::path& base) -> std::string {
      Parsed<T> parsed = parse(v, base);
      if (parsed.value) {
        at(c) = std::move(*parsed.value);
        return "";
      }
      return parsed.reason.empty() ? fmt::format("expected {}, found {}", type, v.described())
                                   : parsed.reason;
    };
    auto write = [at, emit = codec.write](RunConfig& c, JsonWriter& w) { emit(w, at(c)); };
    keys_.push_back({section_, std::move(name), std::move(codec.type), std::move(doc), std::move(read),
                     std::move(write)});
  }

  std::vector<Key> take() { return std::move(keys_); }

 private:
  std::string section_;
  std::vector<Key> keys_;
};

}  // namespace fullshard::config
