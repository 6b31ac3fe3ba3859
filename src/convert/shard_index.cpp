#include "convert/shard_index.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::convert {

namespace {

namespace json = boost::json;

// An index has about 100 bytes per tensor; the limit bounds what a damaged one may allocate.
constexpr uintmax_t kLargestIndex = 100'000'000;

bool is_plain_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

std::string file_name_of(const json::value& value, std::string_view tensor,
                         const std::filesystem::path& path) {
  const json::string* file = value.if_string();
  if (file == nullptr)
    throw ModelError(path, fmt::format("weight_map: expected a file name for '{}'", tensor));
  std::string name(file->data(), file->size());
  if (!is_plain_component(name))
    throw ModelError(path,
                     fmt::format("weight_map: '{}' is in '{}'; expected the plain name of a file beside the "
                                 "index, without '/' or '..'",
                                 tensor, name));
  return name;
}

}  // namespace

std::map<std::string, std::string> read_shard_index(const std::filesystem::path& path) {
  if (std::filesystem::file_size(path) > kLargestIndex)
    throw ModelError(path, fmt::format("expected an index of at most {} bytes", kLargestIndex));
  json::error_code error;
  const json::value document = json::parse(read_file(path), error);
  if (error) throw ModelError(path, fmt::format("expected JSON: {}; fetch the file again", error.message()));
  const json::object* top = document.if_object();
  const json::value* found = top == nullptr ? nullptr : top->if_contains("weight_map");
  const json::object* weight_map = found == nullptr ? nullptr : found->if_object();
  if (weight_map == nullptr || weight_map->empty())
    throw ModelError(path, "expected a 'weight_map' from tensors to files, found none");
  std::map<std::string, std::string> result;
  for (const auto& [tensor, file] : *weight_map) {
    const std::string name(tensor.data(), tensor.size());
    result.emplace(name, file_name_of(file, name, path));
  }
  return result;
}

}  // namespace fullshard::convert
