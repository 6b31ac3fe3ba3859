#pragma once
// Files as records, one parse tree at a time.

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <string_view>

namespace fullshard::data {

enum class FileKind : uint8_t { JsonArray, JsonLines, Text };

/// A file whose first character is `[` is a JSON array of objects, `{` begins JSONL; anything else is text.
FileKind kind_of(std::string_view content);

/// Calls `record(value, line)` for every object of a JSON array or JSONL file; blank lines of JSONL are no
/// records. Throws DataError(file, line) where it is broken or an element is no object.
void for_each_record(std::string_view content, FileKind kind, const std::filesystem::path& file,
                     const std::function<void(const boost::json::object& row, int64_t line)>& record);

}  // namespace fullshard::data
