#include "prepare/reading/token_rows_stream.hpp"

#include <gmock/gmock.h>
#include <hdf5.h>

#include "fullshard/core/error.hpp"
#include "fullshard/prepare/example.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "prepare/files.hpp"

namespace fullshard::prepare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TokenRowsTest : public testing::Test {
 protected:
  TokenRowsTest() { open(); }

  void open(hid_t creation = H5P_DEFAULT) {
    file_ = H5Fcreate((dir_ / "tokens.h5").c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  }
  template <class T>
  void put(const char* name, hid_t type, const std::vector<hsize_t>& shape, const std::vector<T>& values,
           hsize_t chunk = 0) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) H5Pset_chunk(creation, 1, &chunk);
    const hid_t dataset = H5Dcreate2(file_, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
  }
  std::filesystem::path close() {
    if (file_ >= 0) H5Fclose(file_);
    file_ = H5I_INVALID_HID;
    return dir_ / "tokens.h5";
  }
  ~TokenRowsTest() override { close(); }

  std::vector<ReadyTokens> rows(const PieceOptions& options = {}) {
    const auto path = close();
    const FileKind kind = kind_of_file(path);
    EXPECT_EQ(kind, (FileKind{Layout::JsonLines, Container::Hdf5}));
    PieceReader reader(path, kind, options);
    std::vector<ReadyTokens> all;
    jinja::Heap heap;
    while (const auto piece = reader.next())
      for (const Row& row : piece->rows)
        all.push_back(std::get<ReadyTokens>(example_of(piece->text(row), kind.layout, {}, heap)));
    return all;
  }
  void refuses(const char* words) {
    const auto path = close();
    EXPECT_THAT([&] { TokenRowsStream rows(path); }, ThrowsMessage<DataError>(HasSubstr(words)));
  }

  fullshard::test::TempDir dir_;
  hid_t file_ = H5I_INVALID_HID;
};

TEST_F(TokenRowsTest, rows_of_one_length_are_a_matrix) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2, 3}, {1, 2, 3, 4, 5, 2147483647});
  put<int64_t>("labels", H5T_NATIVE_INT64, {2, 3}, {-100, 2, 3, -100, -100, 2147483647});

  const auto all = rows();

  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[0].ids, ElementsAre(1, 2, 3));
  EXPECT_THAT(all[0].labels, ElementsAre(-100, 2, 3));
  EXPECT_THAT(all[1].ids, ElementsAre(4, 5, 2147483647));
  EXPECT_THAT(all[1].labels, ElementsAre(-100, -100, 2147483647));
}

TEST_F(TokenRowsTest, rows_of_different_lengths_have_offsets) {
  put<uint16_t>("input_ids", H5T_NATIVE_UINT16, {4}, {1, 65535, 3, 4});
  put<int16_t>("labels", H5T_NATIVE_INT16, {4}, {-100, -100, 3, 4});
  put<uint64_t>("offsets", H5T_NATIVE_UINT64, {4}, {0, 1, 1, 4});

  const auto all = rows();

  ASSERT_EQ(all.size(), 3u);
  EXPECT_THAT(all[0].ids, ElementsAre(1));
  EXPECT_TRUE(all[1].ids.empty());
  EXPECT_THAT(all[2].ids, ElementsAre(65535, 3, 4));
  EXPECT_THAT(all[2].labels, ElementsAre(-100, 3, 4));
}

TEST_F(TokenRowsTest, a_user_block_may_come_first) {
  for (const hsize_t size : {512, 4096}) {
    close();
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, size);
    open(creation);
    H5Pclose(creation);
    put<int32_t>("input_ids", H5T_NATIVE_INT32, {3}, {1, 2, 3});
    put<int32_t>("labels", H5T_NATIVE_INT32, {3}, {1, 2, 3});
    put<int64_t>("offsets", H5T_NATIVE_INT64, {3}, {0, 1, 3});
    std::fstream(close(), std::ios::in | std::ios::out | std::ios::binary) << "A text for people";

    EXPECT_THAT(rows().at(1).ids, ElementsAre(2, 3)) << size;
  }
}

TEST_F(TokenRowsTest, readers_share_the_pieces_of_rows) {
  std::vector<int32_t> ids(1000, -1);  // of no row
  std::vector<int64_t> offsets{1000};
  for (int row = 0; row < 50; ++row) {
    for (int i = 0; i < row % 7 + 1; ++i) ids.push_back(row);
    offsets.push_back(std::ssize(ids));
  }
  put("input_ids", H5T_NATIVE_INT32, {ids.size()}, ids);
  put("labels", H5T_NATIVE_INT32, {ids.size()}, ids);
  put("offsets", H5T_NATIVE_INT64, {offsets.size()}, offsets);

  std::vector<int> seen(50);
  for (int64_t index = 0; index < 3; ++index)
    for (const ReadyTokens& row : rows({.piece = Bytes{300}, .index = index, .of = 3})) {
      ++seen[static_cast<size_t>(row.ids.front())];
      EXPECT_EQ(std::ssize(row.ids), row.ids.front() % 7 + 1);
    }

  EXPECT_THAT(seen, testing::Each(1));
}

TEST_F(TokenRowsTest, an_attention_mask_has_ones_only) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2, 2}, {1, 2, 3, 0});
  put<int32_t>("labels", H5T_NATIVE_INT32, {2, 2}, {1, 2, 3, -100});
  put<uint8_t>("attention_mask", H5T_NATIVE_UINT8, {2, 2}, {1, 1, 1, 0});
  EXPECT_THAT([&] { rows(); }, ThrowsMessage<ExampleError>(HasSubstr("attention_mask: expected ones only")));

  open();
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {3}, {1, 2, 3});
  put<int32_t>("labels", H5T_NATIVE_INT32, {3}, {1, 2, 3});
  put<int8_t>("attention_mask", H5T_NATIVE_INT8, {3}, {1, 1, 1});
  put<int32_t>("offsets", H5T_NATIVE_INT32, {3}, {0, 1, 3});
  EXPECT_THAT(rows().at(1).ids, ElementsAre(2, 3));
}

TEST_F(TokenRowsTest, what_is_wrong_with_a_row_names_it) {
  put<int64_t>("input_ids", H5T_NATIVE_INT64, {2, 1}, {1, int64_t{1} << 31});

  EXPECT_THAT([&] { rows(); },
              ThrowsMessage<DataError>(HasSubstr("tokens.h5:2: element 0 is not a 32-bit integer")));
}

TEST_F(TokenRowsTest, offsets_that_lead_nowhere_are_refused_with_their_row) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2}, {1, 2});
  put<int64_t>("offsets", H5T_NATIVE_INT64, {4}, {0, 2, 1, 9});

  refuses("tokens.h5:2: offsets: expected them to rise, found 2 and then 1");

  open();
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2}, {1, 2});
  put<int64_t>("offsets", H5T_NATIVE_INT64, {3}, {0, 2, 9});
  refuses("tokens.h5:2: offsets: expected 0 to 2, the number of input_ids, found 9");
}

TEST_F(TokenRowsTest, every_reader_refuses_the_first_row_whose_offsets_fall) {
  // Two files of 20,000 rows put end to end, the second's offsets as they were: more text than is read ahead.
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < 40'002; ++i) offsets.push_back(i % 20'001 * 5);
  put("input_ids", H5T_NATIVE_INT32, {200'000}, std::vector<int32_t>(200'000, 7));
  put("offsets", H5T_NATIVE_INT64, {offsets.size()}, offsets);
  const auto path = close();

  for (int64_t of = 1; of <= 4; ++of)
    for (int64_t index = 0; index < of; ++index)
      EXPECT_THAT(
          [&] {
            PieceReader reader(path, {Layout::JsonLines, Container::Hdf5},
                               {.piece = Bytes{256 << 10}, .index = index, .of = of});
            while (reader.next()) {
            }
          },
          ThrowsMessage<DataError>(HasSubstr("tokens.h5:20001: offsets: expected them to rise")))
          << index << " of " << of;
}

TEST_F(TokenRowsTest, other_datasets_are_refused) {
  put<float>("input_ids", H5T_NATIVE_FLOAT, {1}, {1});
  refuses("input_ids: expected integers");
}

TEST_F(TokenRowsTest, labels_of_another_shape_are_refused) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2, 1}, {1, 2});
  put<int32_t>("labels", H5T_NATIVE_INT32, {1, 2}, {1, 2});
  refuses("expected labels of the same shape as input_ids");
}

TEST_F(TokenRowsTest, chunks_and_missing_datasets_are_refused_with_a_remedy) {
  put<int32_t>("labels", H5T_NATIVE_INT32, {1}, {1});
  refuses("expected the dataset input_ids");

  open();
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {4}, {1, 2, 3, 4}, 2);
  refuses("h5repack -l CONTI");

  open();
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2}, {1, 2});
  refuses("need offsets");
}

TEST_F(TokenRowsTest, links_into_other_files_are_refused_with_the_file) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2, 1}, {1, 2});
  const auto other = dir_ / "other.h5";
  std::filesystem::rename(close(), other);

  open();
  put<int32_t>("own", H5T_NATIVE_INT32, {2, 1}, {3, 4});
  H5Lcreate_external(other.c_str(), "/input_ids", file_, "input_ids", H5P_DEFAULT, H5P_DEFAULT);
  refuses("input_ids is a link into another file; name that file: ");
  refuses("/other.h5");

  open();
  H5Lcreate_external(other.c_str(), "/", file_, "other", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/other/input_ids", file_, "input_ids", H5P_DEFAULT, H5P_DEFAULT);
  refuses("input_ids is a link into another file");

  open();
  put<int32_t>("own", H5T_NATIVE_INT32, {2, 1}, {3, 4});
  put<int32_t>("labels", H5T_NATIVE_INT32, {2, 1}, {3, 4});
  H5Lcreate_soft("/own", file_, "input_ids", H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_THAT(rows().at(1).ids, ElementsAre(4));
}

TEST_F(TokenRowsTest, datasets_stored_in_other_files_are_refused_with_a_remedy) {
  const hsize_t two = 2;
  const hid_t space = H5Screate_simple(1, &two, nullptr);
  const auto refuses_dataset = [&](hid_t creation) {
    H5Dclose(H5Dcreate2(file_, "input_ids", H5T_NATIVE_INT32, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    refuses("or in other files; expected it in one piece: h5repack -l CONTI");
  };

  const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(external, "raw.bin", 0, 8);
  refuses_dataset(external);

  open();
  const hid_t virtual_one = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_virtual(virtual_one, space, "other.h5", "input_ids", space);
  refuses_dataset(virtual_one);
  H5Sclose(space);
}

TEST_F(TokenRowsTest, a_file_that_is_cut_short_is_refused) {
  put<int32_t>("input_ids", H5T_NATIVE_INT32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto path = close();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  refuses("HDF5: ");
}

}  // namespace
}  // namespace fullshard::prepare
