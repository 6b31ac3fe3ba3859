#include "fullshard/prepare/file_kind.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "prepare/files.hpp"

namespace fullshard::prepare {
namespace {

using test::gzip;
using test::write;
using test::zstd;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class FileKindTest : public testing::Test {
 protected:
  FileKind kind(std::string_view content) { return kind_of_file(write(dir_ / "data.bin", content)); }
  Layout layout(std::string_view content) { return kind(content).layout; }
  fullshard::test::TempDir dir_;
};

TEST_F(FileKindTest, the_first_characters_decide_and_never_the_name) {
  EXPECT_EQ(layout("{\"text\": 1}\n"), Layout::JsonLines);
  EXPECT_EQ(layout(" \r\n\t{}"), Layout::JsonLines);
  EXPECT_EQ(layout("[{\"text\": 1}]"), Layout::JsonArray);
  EXPECT_EQ(layout("\n[\n  {}]"), Layout::JsonArray);
  EXPECT_EQ(layout("[]"), Layout::JsonArray);
  EXPECT_EQ(layout("\xEF\xBB\xBF{}"), Layout::JsonLines);
  EXPECT_EQ(layout("Once upon a time"), Layout::Text);
  EXPECT_EQ(layout("[1] A. Author: a title"), Layout::Text);
  EXPECT_EQ(layout("["), Layout::Text);
}

TEST_F(FileKindTest, blanks_of_any_length_may_come_first) {
  const std::string blanks(200'000, '\n');

  EXPECT_EQ(layout(blanks + "{}"), Layout::JsonLines);
  EXPECT_EQ(layout("[" + blanks + "{}]"), Layout::JsonArray);
  EXPECT_EQ(layout("[" + blanks + "1"), Layout::Text);
}

TEST_F(FileKindTest, compressed_files_are_told_by_what_is_in_them) {
  EXPECT_EQ(kind(gzip("[{}]")), (FileKind{Layout::JsonArray, Container::Gzip}));
  EXPECT_EQ(kind(zstd("{}")), (FileKind{Layout::JsonLines, Container::Zstd}));
}

TEST_F(FileKindTest, nothing_in_it_is_an_error) {
  for (const std::string& content : {std::string(), std::string(" \n\n"), gzip(""), zstd("\n")})
    EXPECT_THAT([&] { kind(content); },
                ThrowsMessage<DataError>(HasSubstr("is empty; expected at least one row")));
}

TEST_F(FileKindTest, foreign_formats_are_named_with_the_command_that_converts_them) {
  const auto refuses = [&](std::string_view content, const char* name, const char* remedy) {
    EXPECT_THAT([&] { kind(content); }, ThrowsMessage<DataError>(AllOf(HasSubstr(name), HasSubstr(remedy))));
  };

  refuses("PAR1....", "Parquet", "pandas.read_parquet('");
  refuses("ARROW1..", "Arrow (Feather)", "read_feather");
  refuses("\xFF\xFF\xFF\xFF\x10", "an Arrow stream", "datasets.Dataset.from_file(");
  refuses("PK\x03\x04....", "Excel", "read_excel");
  refuses(std::string(257, 'a') + "ustar", "tar archive", "unpack it");
  refuses(gzip(std::string(257, 'a') + "ustar"), "tar archive", "unpack it");
  refuses("BZh91AY", "bzip2", "bzip2 -dk");
  refuses("\xFF\xFE{", "UTF-16", "iconv -f UTF-16");
}

}  // namespace
}  // namespace fullshard::prepare
