#pragma once

#include <filesystem>
#include <string_view>

#include "fullshard/prepare/byte_stream.hpp"

namespace fullshard::prepare {

enum class Layout {
  JsonLines,  ///< an object per line
  JsonArray,  ///< one array of objects
  Text,       ///< the file is one document
};

struct FileKind {
  Layout layout = Layout::Text;
  Container container = Container::Plain;
  bool operator==(const FileKind&) const = default;
};

/// What a file is, by its content and never by its name. DataError, with the command that converts it, where
/// it is something that we do not read (Parquet, Arrow, archives, UTF-16, …), and where there is nothing in
/// it.
FileKind kind_of_file(const std::filesystem::path& path);

/// Of bytes that are not compressed; `path` is for the errors.
Layout layout_of(ByteStream& bytes, const std::filesystem::path& path);

}  // namespace fullshard::prepare
