#pragma once
// Small safetensors files made in the test.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fullshard/core/files.hpp"

namespace fullshard::test {

inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  std::string file;
  for (size_t i = 0; i < 8; ++i) file += static_cast<char>((uint64_t{header.size()} >> (8 * i)) & 0xff);
  return file.append(header).append(data);
}

inline std::filesystem::path write_safetensors(const std::filesystem::path& path, std::string_view header,
                                               std::string_view data) {
  write_file_atomically(path, safetensors_bytes(header, data));
  return path;
}

/// The message of the exception that `call` throws, empty if it throws none.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

}  // namespace fullshard::test
