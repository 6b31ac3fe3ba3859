#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fullshard::tokenize {

/// The texts of a file with one JSON string on each line. Throws DataError naming the line where it is
/// anything else, IoError.
std::vector<std::string> read_text_lines(const std::filesystem::path& file);

}  // namespace fullshard::tokenize
