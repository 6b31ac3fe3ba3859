#include "fullshard/prepare/pieces.hpp"

#include <gmock/gmock.h>

#include <random>

#include "fullshard/core/error.hpp"
#include "prepare/files.hpp"
#include "prepare/reading/row_cursor.hpp"
#include "support/shared_assets.hpp"

namespace fullshard::prepare {
namespace {

using test::gzip;
using test::MemoryStream;
using test::write;
using test::zstd;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Found {
  std::string text;
  int64_t line;
  bool operator==(const Found&) const = default;
};
void PrintTo(const Found& found, std::ostream* out) {
  *out << found.line << ": " << found.text;
}

std::vector<Piece> pieces_of(PieceReader reader) {
  std::vector<Piece> all;
  while (auto piece = reader.next()) all.push_back(std::move(*piece));
  return all;
}

// With their lines in the file, which has `content`.
std::vector<Found> rows_of(const std::vector<Piece>& pieces, const std::string& content) {
  std::vector<Found> rows;
  for (const Piece& piece : pieces)
    for (const Row& row : piece.rows) {
      MemoryStream file(content);
      rows.push_back({std::string(piece.text(row)), line_at(file, row.offset)});
    }
  return rows;
}

PieceReader reader_of(const std::string& content, Layout layout, const PieceOptions& options = {}) {
  return {std::make_unique<MemoryStream>(content), layout, "data.json", options};
}

std::vector<Found> rows_of(const std::string& content, Layout layout, const PieceOptions& options = {}) {
  return rows_of(pieces_of(reader_of(content, layout, options)), content);
}

TEST(Pieces, lines_have_their_numbers_and_blank_ones_count) {
  EXPECT_THAT(rows_of("{\"a\":1}\n\n  \n{\"b\":2}\r\n{}", Layout::JsonLines),
              ElementsAre(Found{"{\"a\":1}", 1}, Found{"{\"b\":2}\r", 4}, Found{"{}", 5}));
  EXPECT_THAT(rows_of("\xEF\xBB\xBF{}\n", Layout::JsonLines), ElementsAre(Found{"{}", 1}));
}

TEST(Pieces, elements_have_the_line_on_which_they_begin) {
  EXPECT_THAT(rows_of("[\n  {\"a\":\n 1},{}\n, {\"b\":[\"]\",{}]}\n]\n", Layout::JsonArray),
              ElementsAre(Found{"{\"a\":\n 1}", 2}, Found{"{}\n", 3}, Found{"{\"b\":[\"]\",{}]}\n", 4}));
  EXPECT_TRUE(rows_of(" [ ] \n", Layout::JsonArray).empty());
}

TEST(Pieces, quotes_and_backslashes_in_strings_end_nothing) {
  EXPECT_THAT(rows_of(R"([{"a":"\"},{"},{"b":"\\"},{"c":"\\\"]"}, {"":""}])", Layout::JsonArray),
              ElementsAre(Found{R"({"a":"\"},{"})", 1}, Found{R"({"b":"\\"})", 1},
                          Found{R"({"c":"\\\"]"})", 1}, Found{R"({"":""})", 1}));
}

TEST(Pieces, a_text_is_one_row_whatever_its_size) {
  EXPECT_THAT(rows_of("\xEF\xBB\xBFone\ntwo\n\n", Layout::Text, {.piece = Bytes{2}}),
              ElementsAre(Found{"one\ntwo\n\n", 1}));
  EXPECT_THAT(rows_of("one\ntwo\n", Layout::Text), ElementsAre(Found{"one\ntwo\n", 1}));
  EXPECT_TRUE(rows_of("text of another reader", Layout::Text, {.index = 1, .of = 2}).empty());
}

// Rows of very different lengths, with everything in them that could be taken for a boundary.
std::string random_row(std::mt19937& random) {
  constexpr std::string_view kTricky[]{"\\\"", "\\\\", "{", "}", "[", "]", ",", "é", " ", "word"};
  std::string row = "{\"x\": \"";
  for (auto n = random() % (random() % 10 == 0 ? 300 : 12); n > 0; --n)
    row += kTricky[random() % std::size(kTricky)];
  return row + "\", \"y\": [1, {}]}";
}

struct Written {
  std::string lines, array;
};

Written random_file(std::mt19937& random) {
  Written out{"", "[\n"};
  for (int i = 0; i < 60; ++i) {
    const std::string row = random_row(random);
    out.lines += row + (random() % 5 == 0 ? "\n \n" : "\n");
    out.array += (i > 0 ? ",\n" : "") + row;
  }
  out.array += "\n]\n";
  return out;
}

TEST(Pieces, which_rows_a_piece_has_depends_on_no_reader) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    const Written file = random_file(random);
    for (const Layout layout : {Layout::JsonLines, Layout::JsonArray}) {
      const std::string& content = layout == Layout::JsonLines ? file.lines : file.array;
      const auto whole = rows_of(content, layout);
      ASSERT_EQ(whole.size(), 60u);
      for (const int64_t size : {1, 7, 64, 1000, 1 << 20})
        for (const int64_t of : {1, 2, 3}) {
          std::vector<Piece> merged;
          for (int64_t index = 0; index < of; ++index)
            for (Piece& piece :
                 pieces_of(reader_of(content, layout, {.piece = Bytes{size}, .index = index, .of = of})))
              merged.push_back(std::move(piece));
          std::sort(merged.begin(), merged.end(), [](auto& a, auto& b) { return a.number < b.number; });

          EXPECT_EQ(rows_of(merged, content), whole) << "pieces of " << size << ", " << of << " readers";
          for (const Piece& piece : merged)
            for (const Row& row : piece.rows) EXPECT_EQ(row.offset / size, piece.number);
        }
    }
  }
}

TEST(Pieces, a_compressed_file_has_the_pieces_of_the_plain_one) {
  const fullshard::test::TempDir dir;
  std::mt19937 random(3);
  const std::string content = random_file(random).lines;
  const PieceOptions options{.piece = Bytes{100}, .index = 1, .of = 3};
  const auto plain = rows_of(content, Layout::JsonLines, options);

  for (const auto& packed : {gzip(content), zstd(content)}) {
    const auto path = write(dir / "f", packed);
    EXPECT_EQ(rows_of(pieces_of(PieceReader(path, kind_of_file(path), options)), content), plain);
  }
}

TEST(Pieces, a_row_over_the_limit_is_refused_with_its_line) {
  const std::string row = "{\"a\": \"" + std::string(5000, 'x') + "\"}";
  const PieceOptions options{.piece = Bytes{512}, .longest_row = Bytes{4096}};
  const auto refuses = [](const std::string& content, Layout layout, const PieceOptions& o) {
    EXPECT_THAT([&] { rows_of(content, layout, o); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("data.json:3: "), HasSubstr("longer than 4.00 KiB"),
                                               HasSubstr("split it"))));
  };

  refuses("{}\n{}\n" + row + "\n{}\n", Layout::JsonLines, options);
  refuses("[{},\n{},\n" + row + ",{}]", Layout::JsonArray, options);
  EXPECT_THAT([&] { rows_of(row, Layout::Text, options); },
              ThrowsMessage<DataError>(HasSubstr("split -C 8m")));
  EXPECT_EQ(rows_of("{}\n" + row, Layout::JsonLines, {.longest_row = Bytes{5009}}).size(), 2u);
}

TEST(Pieces, a_reader_inside_another_ones_endless_line_gives_up_with_its_line) {
  const std::string content = "{}\n{}\n" + std::string(50'000, 'x') + "\n{}\n";
  const PieceOptions options{.piece = Bytes{1000}, .longest_row = Bytes{4096}, .index = 1, .of = 2};

  EXPECT_THAT([&] { rows_of(content, Layout::JsonLines, options); },
              ThrowsMessage<DataError>(HasSubstr("data.json:3: the line")));
}

TEST(Pieces, an_array_that_is_none_is_refused_with_its_line) {
  const auto refuses = [](const std::string& content, const char* words) {
    EXPECT_THAT([&] { rows_of(content, Layout::JsonArray); }, ThrowsMessage<DataError>(HasSubstr(words)));
  };

  refuses("[{},\n{\"a\": 1", "data.json:2: the file ends inside this element");
  refuses("[{},\n", "data.json:2: the file ends inside");
  refuses("[{}\n", "data.json:1: the file ends inside");
  refuses("[{}}", "data.json:1: a JSON array: expected one of ,] at byte 3, found \"}\"");
  refuses("[{}]\n\n[{}]", "data.json:3: expected the end of the file behind the JSON array");
  refuses("[{\"a\": \"", "data.json:1: the file ends inside");
}

TEST(Pieces, line_at_counts_in_unpacked_bytes) {
  const fullshard::test::TempDir dir;
  const auto path = write(dir / "f", gzip("one\ntwo\nthree\n"));

  EXPECT_EQ(line_at(path, Container::Gzip, 0), 1);
  EXPECT_EQ(line_at(path, Container::Gzip, 7), 2);
  EXPECT_EQ(line_at(path, Container::Gzip, 8), 3);
}

TEST(Pieces, real_files_have_the_rows_that_others_count) {
  FS_NEEDS_SHARED_ASSETS();
  const auto data = fullshard::test::shared_assets() / "datasets";
  const auto count = [&](const char* file, Layout layout) {
    const FileKind kind = kind_of_file(data / file);
    EXPECT_EQ(kind.layout, layout) << file;
    size_t rows = 0;
    for (const Piece& piece : pieces_of(PieceReader(data / file, kind, {.piece = Bytes{10'000}})))
      rows += piece.rows.size();
    return rows;
  };

  EXPECT_EQ(count("gsm8k/train.jsonl", Layout::JsonLines), 7473u);
  EXPECT_EQ(count("gsm8k/test.jsonl", Layout::JsonLines), 1319u);
  EXPECT_EQ(count("llama-factory/c4_demo.jsonl", Layout::JsonLines), 300u);
  EXPECT_EQ(count("llama-factory/v1_sft_demo.jsonl", Layout::JsonLines), 500u);
  EXPECT_EQ(count("llama-factory/identity.json", Layout::JsonArray), 91u);
  EXPECT_EQ(count("llama-factory/glaive_toolcall_en_demo.json", Layout::JsonArray), 300u);
  EXPECT_EQ(count("fastchat/dummy_conversation.json", Layout::JsonArray), 500u);
  EXPECT_EQ(count("tinyshakespeare/input.txt", Layout::Text), 1u);
}

}  // namespace
}  // namespace fullshard::prepare
