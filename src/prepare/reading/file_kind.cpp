#include "fullshard/prepare/file_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "fullshard/core/error.hpp"
#include "prepare/reading/packed_stream.hpp"
#include "prepare/reading/row_cursor.hpp"

namespace fullshard::prepare {

namespace {

using namespace std::string_view_literals;

constexpr size_t kHead = 1024;
// Where the name is part of the format: "ustar" stands behind a tar member's own name.
constexpr size_t kTarMagicAt = 257;

enum class Remedy { Archive, Command, Pandas, Excel, Datasets, Iconv };

struct Foreign {
  size_t at;
  std::string_view magic;
  std::string_view name;
  Remedy remedy = Remedy::Archive;
  std::string_view with = "";  ///< the command, or the function of pandas
};

constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1A\n";

// Magic numbers as libmagic's database and the formats' own specifications have them.
constexpr std::array kForeign{
    Foreign{0, "PAR1", "Parquet", Remedy::Pandas, "read_parquet"},
    Foreign{0, "ARROW1", "Arrow (Feather)", Remedy::Pandas, "read_feather"},
    Foreign{0, "\xFF\xFF\xFF\xFF", "an Arrow stream (a data set saved by `datasets`)", Remedy::Datasets},
    Foreign{0, "PK\x03\x04", "a ZIP archive or an Excel sheet", Remedy::Excel},
    Foreign{kTarMagicAt, "ustar", "a tar archive"},
    Foreign{0, "BZh", "bzip2", Remedy::Command, "bzip2 -dk"},
    Foreign{0, "\xFD\x37zXZ\0"sv, "xz", Remedy::Command, "xz -dk"},
    Foreign{0, "\x04\x22\x4D\x18", "LZ4", Remedy::Command, "lz4 -dk"},
    Foreign{0, "7z\xBC\xAF\x27\x1C", "a 7z archive"},
    Foreign{0, "\xFF\xFE", "UTF-16 text", Remedy::Iconv},
    Foreign{0, "\xFE\xFF", "UTF-16 text", Remedy::Iconv},
    Foreign{0, "SQLite format 3\0"sv, "an SQLite database"},
    Foreign{0, kHdf5, "HDF5 in a compressed file"},
    Foreign{0, "Obj\x01", "Avro"},
    Foreign{0, "%PDF-", "PDF"},
};

std::string to_json_lines(std::string_view pandas_function, const std::string& path) {
  return fmt::format(
      "python -c \"import pandas; pandas.{0}('{1}').to_json('{1}.jsonl', orient='records', lines=True, "
      "force_ascii=False)\"",
      pandas_function, path);
}

std::string remedy(const Foreign& foreign, const std::string& path) {
  switch (foreign.remedy) {
    case Remedy::Pandas:
      return "convert it: " + to_json_lines(foreign.with, path);
    case Remedy::Excel:
      return "unpack it, or convert it: " + to_json_lines("read_excel", path);
    case Remedy::Datasets:
      return fmt::format(
          "convert it: python -c \"import datasets; datasets.Dataset.from_file('{0}').to_json('{0}.jsonl', "
          "force_ascii=False)\"",
          path);
    case Remedy::Iconv:
      return fmt::format("convert it: iconv -f UTF-16 -t UTF-8 '{0}' > '{0}.utf8'", path);
    case Remedy::Command:
      return fmt::format("unpack it: {} '{}' (gzip and zstd are read as they are)", foreign.with, path);
    case Remedy::Archive:
      break;
  }
  return "unpack it and name the files in it";
}

void refuse_foreign(std::string_view head, const std::filesystem::path& path) {
  for (const Foreign& foreign : kForeign) {
    if (head.size() < foreign.at || !head.substr(foreign.at).starts_with(foreign.magic)) continue;
    throw DataError(path, 0,
                    fmt::format("expected JSON, JSON lines or text, found {}; {}", foreign.name,
                                remedy(foreign, path.string())));
  }
}

// What a text that begins with `head` is; none where blanks fill it all.
std::optional<Layout> layout_of_head(std::string_view head) {
  const size_t first = head.find_first_not_of(kBlank);
  if (first == head.npos) return std::nullopt;
  if (head[first] == '{') return Layout::JsonLines;
  if (head[first] != '[') return Layout::Text;
  // A text may begin with a bracket, too: an array of rows goes on with a brace, or ends at once.
  const size_t second = head.find_first_not_of(kBlank, first + 1);
  if (second == head.npos) return std::nullopt;
  return head[second] == '{' || head[second] == ']' ? Layout::JsonArray : Layout::Text;
}

std::string read_head(ByteStream& bytes, size_t size) {
  std::string head(size, '\0');
  head.resize(bytes.read(std::span(head.data(), size)));
  return head;
}

// At the beginning, or behind a user block of 512, 1024, 2048, … bytes (HDF5 file format, "Format Signature
// and Superblock").
bool is_hdf5(ByteStream& file) {
  for (int64_t at = 0; at < file.file_bytes(); at = std::max<int64_t>(512, 2 * at)) {
    file.seek(at);
    if (read_head(file, kHdf5.size()) == kHdf5) return true;
  }
  return false;
}

Container container_of(ByteStream& file) {
  const std::string head = read_head(file, 8);
  if (head.starts_with("\x1F\x8B")) return Container::Gzip;
  if (begins_zstd(head)) return Container::Zstd;
  return is_hdf5(file) ? Container::Hdf5 : Container::Plain;
}

}  // namespace

Layout layout_of(ByteStream& bytes, const std::filesystem::path& path) {
  std::string head = read_head(bytes, kHead);
  refuse_foreign(head, path);
  if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
  bool bracket = false;
  for (; !head.empty(); head = read_head(bytes, size_t{64} << 10)) {
    // Blanks between a bracket and what decides about it may go on over many reads.
    if (bracket) head.insert(0, 1, '[');
    if (const auto layout = layout_of_head(head)) return *layout;
    bracket = head.find('[') != head.npos;
  }
  if (bracket) return Layout::Text;
  throw DataError(path, 0, "is empty; expected at least one row or a text");
}

FileKind kind_of_file(const std::filesystem::path& path) {
  const auto file = open_stream(path, Container::Plain);
  const Container container = container_of(*file);
  if (container != Container::Plain) return {layout_of(*open_stream(path, container), path), container};
  file->seek(0);
  return {layout_of(*file, path), container};
}

}  // namespace fullshard::prepare
