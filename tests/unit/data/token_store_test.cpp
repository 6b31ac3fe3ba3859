#include "fullshard/data/token_store.hpp"

#include "fullshard/data/token_store_writer.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::data {
namespace {

using Words = std::vector<int32_t>;

const TokenRun kFirst{.words = {5, ~6, 7, 8, 9}, .lengths = {3, 2}, .documents = {0, 0}};
const TokenRun kSecond{.words = {~1, 2, 3}, .lengths = {1, 2}, .documents = {0, 2}};

struct TokenStoreTest : testing::Test {
  test::TempDir dir;
  std::filesystem::path path = dir / "store", partial = dir / "partial";

  StoreHeader header() const {
    return {.key = {1, 2},
            .num_samples = 4,
            .num_tokens = 8,
            .ledger = {.documents = 4, .used = 4, .samples = 4, .tokens = 8, .trained = 4, .masked = 4},
            .about = "{\"files\":[]}"};
  }
  /// Two writers, the later run first, as ranks may be.
  TokenStore written() const {
    TokenStoreWriter a(partial), b(partial);
    b.add(kSecond, {.token = 5, .sample = 2, .document = 1});
    a.add(kFirst, {});
    const Digest index = b.write_index(4, 8) + a.write_index(4, 8);
    a.seal(header(), index, path);
    return TokenStore::open(path);
  }
  void overwrite(const std::string& content) const { std::ofstream(path, std::ios::binary) << content; }
  Words words(const TokenStore& store, int64_t sample) const {
    Words out;
    store.read(sample, out);
    return out;
  }
};

TEST_F(TokenStoreTest, gives_back_the_samples_of_all_writers_in_their_order) {
  const TokenStore store = written();

  ASSERT_EQ(store.size(), 4);
  EXPECT_EQ(words(store, 0), (Words{5, ~6, 7}));
  EXPECT_EQ(words(store, 1), (Words{8, 9}));
  EXPECT_EQ(words(store, 2), (Words{~1}));
  EXPECT_EQ(words(store, 3), (Words{2, 3}));
  EXPECT_EQ(store.length(3), 2);
  EXPECT_EQ(store.document(1), 0);
  EXPECT_EQ(store.document(3), 3);
  EXPECT_EQ(store.digest(1), sample_digest(Words{8, 9}));
  EXPECT_EQ(store.header().ledger, header().ledger);
  EXPECT_EQ(store.header().about, header().about);
  EXPECT_EQ(store.header().key, (Digest{1, 2}));
}

TEST_F(TokenStoreTest, reading_appends_to_what_is_there) {
  const TokenStore store = written();
  Words out{42};
  store.read(1, out);
  EXPECT_EQ(out, (Words{42, 8, 9}));
}

TEST_F(TokenStoreTest, every_byte_that_changes_is_noticed_at_opening_or_at_reading) {
  written();
  const std::string whole = read_file(path);
  const auto meaningful = [&](size_t at) {  // not the rest of the header's page
    return at < 8 * (9 + kLedgerCounts) || at >= 4096;
  };
  for (size_t at = 0; at < whole.size(); ++at) {
    if (!meaningful(at)) continue;
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    overwrite(broken);
    const auto read_all = [&] {
      const TokenStore store = TokenStore::open(path);
      for (int64_t i = 0; i < store.size(); ++i) words(store, i);
    };
    EXPECT_THROW(read_all(), DataError) << "byte " << at;
  }
}

TEST_F(TokenStoreTest, half_a_file_is_no_store) {
  written();
  const std::string whole = read_file(path);
  for (size_t size = 0; size < whole.size(); size += size < 4000 ? 500 : 1) {
    overwrite(whole.substr(0, size));
    EXPECT_THROW(TokenStore::open(path), DataError) << size << " bytes";
  }
}

TEST_F(TokenStoreTest, is_known_by_its_first_bytes_even_if_it_is_cut) {
  EXPECT_FALSE(begins_as_token_store(path));
  written();
  std::filesystem::resize_file(path, 8);
  EXPECT_TRUE(begins_as_token_store(path));
  for (const char* other : {"", "FSTOKN", "{\"dataset\": 1}"}) {
    overwrite(other);
    EXPECT_FALSE(begins_as_token_store(path)) << other;
  }
}

TEST_F(TokenStoreTest, nothing_bears_the_name_of_a_store_before_it_is_sealed) {
  TokenStoreWriter writer(partial);
  writer.add(kFirst, {});
  writer.write_index(2, 5);

  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THROW(TokenStore::open(partial), DataError);
}

TEST(CountDuplicates, counts_all_but_the_first_of_each) {
  EXPECT_EQ(count_duplicates({}), 0);
  EXPECT_EQ(count_duplicates({3, 1, 2}), 0);
  EXPECT_EQ(count_duplicates({3, 1, 3, 3, 1}), 3);
}

}  // namespace
}  // namespace fullshard::data
