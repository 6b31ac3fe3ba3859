#include "fullshard/data/dataset.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"
#include "tokenize/tiny_tokenizer.hpp"

namespace fullshard::data {

namespace {

using testing::HasSubstr;
using Ids = std::vector<int32_t>;
constexpr int32_t x = kIgnored;
const char* const kBosTemplate =
    R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],)"
    R"("pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[12],"tokens":["<s>"]}}})";

struct DatasetTest : testing::Test {
  fullshard::test::TempDir dir;
  tokenize::Tokenizer tokenizer = tokenize::test::TinyFile{.post_processor = kBosTemplate}.load();
  DatasetOptions options{.cutoff_len = 8, .vocab_size = 14};

  std::filesystem::path file(const std::string& name, const std::string& content) {
    write_file_atomically(dir / name, content);
    return dir / name;
  }
  Dataset read(const std::string& content) {
    const std::filesystem::path path = file("data", content);
    return read_dataset({&path, 1}, &tokenizer, options);
  }
  void expect_error(const std::string& content, int64_t line, const std::string& text) {
    try {
      read(content);
      ADD_FAILURE() << "accepted: " << content;
    } catch (const DataError& e) {
      EXPECT_EQ(e.line, line) << e.what();
      EXPECT_EQ(e.file, dir / "data");
      EXPECT_THAT(e.what(), HasSubstr(text));
    }
  }
};

Ids ids_of(const Dataset& d, int64_t i) {
  return {d[i].ids.begin(), d[i].ids.end()};
}
Ids labels_of(const Dataset& d, int64_t i) {
  return {d[i].labels.begin(), d[i].labels.end()};
}

}  // namespace

TEST_F(DatasetTest, a_prompt_is_masked_and_the_response_and_end_of_text_are_trained) {
  const Dataset d = read("{\"prompt\":\"e\",\"response\":\"abc\"}\n\n{\"response\":\"d\",\"prompt\":\"\"}\n");

  ASSERT_EQ(d.size(), 2);
  EXPECT_EQ(ids_of(d, 0), (Ids{12, 4, 10, 13}));
  EXPECT_EQ(labels_of(d, 0), (Ids{x, x, 10, 13}));
  EXPECT_EQ(ids_of(d, 1), (Ids{12, 3, 13}));
  EXPECT_EQ(d.ledger(), (Ledger{.documents = 2, .tokens = 7, .trained = 4, .masked = 3}));
}

TEST_F(DatasetTest, columns_are_mapped_and_a_json_array_reads_like_lines) {
  options.columns = {.prompt = "question", .response = "answer"};

  const Dataset d = read(
      "[\n {\"question\":\"e]\\\"\",\n  \"answer\":\"abc\"},\n {\"question\":\"\",\"answer\":\"d\"}\n]\n");

  ASSERT_EQ(d.size(), 2);
  EXPECT_EQ(ids_of(d, 0), (Ids{12, 4, 10, 13}));  // ] and " are not in the tiny vocabulary
  EXPECT_EQ(ids_of(d, 1), (Ids{12, 3, 13}));
}

TEST_F(DatasetTest, what_is_too_long_is_cut_and_counted) {
  options.cutoff_len = 4;

  const Dataset d = read(R"({"prompt":"e","response":"deded"})");

  EXPECT_EQ(ids_of(d, 0), (Ids{12, 4, 3, 4}));
  EXPECT_EQ(d.ledger().truncated_samples, 1);
  EXPECT_EQ(d.ledger().truncated_tokens, 4);
  expect_error(R"({"prompt":"eeee","response":"d"})", 1, "raise cutoff_len");
}

TEST_F(DatasetTest, documents_are_joined_by_end_of_text_and_cut_into_blocks) {
  options.stage = Stage::Pretrain;
  options.cutoff_len = 4;

  const Dataset d = read("{\"text\":\"dede\"}\n{\"text\":\"e\"}\n");

  ASSERT_EQ(d.size(), 2);
  EXPECT_EQ(ids_of(d, 0), (Ids{12, 3, 4, 3}));
  EXPECT_EQ(ids_of(d, 1), (Ids{4, 13, 12, 4}));
  EXPECT_EQ(labels_of(d, 1), ids_of(d, 1));
  EXPECT_EQ(d.ledger().truncated_tokens, 1);  // a last block of one token predicts nothing
  EXPECT_EQ(d.ledger().tokens, 8);
}

TEST_F(DatasetTest, isolated_documents_are_samples_of_their_own_cut_at_the_cutoff) {
  options.stage = Stage::Pretrain;
  options.documents = Documents::Isolated;
  options.cutoff_len = 4;

  const Dataset d = read("{\"text\":\"e\"}\n{\"text\":\"dede\"}\n{\"text\":\"e\"}\n");

  ASSERT_EQ(d.size(), 4);
  EXPECT_EQ(ids_of(d, 0), (Ids{12, 4, 13}));
  EXPECT_EQ(ids_of(d, 1), (Ids{12, 3, 4, 3}));
  EXPECT_EQ(ids_of(d, 2), (Ids{4, 13}));
  EXPECT_EQ(ids_of(d, 3), (Ids{12, 4, 13}));
}

TEST_F(DatasetTest, a_last_short_block_is_kept) {
  options.stage = Stage::Pretrain;
  options.cutoff_len = 4;

  const Dataset d = read("dede");

  ASSERT_EQ(d.size(), 2);
  EXPECT_EQ(ids_of(d, 1), (Ids{4, 13}));
}

TEST_F(DatasetTest, a_text_that_begins_with_a_bracket_is_a_text) {
  options.stage = Stage::Pretrain;

  EXPECT_EQ(ids_of(read("[a]"), 0), (Ids{12, 0, 13}));
}

TEST_F(DatasetTest, ready_made_tokens_need_no_tokenizer) {
  const auto path = file("tokens", "{\"input_ids\":[1,2,3],\"labels\":[-100,-100,3]}\n");

  const Dataset d = read_dataset({&path, 1}, nullptr, options);

  EXPECT_EQ(ids_of(d, 0), (Ids{1, 2, 3}));
  EXPECT_EQ(labels_of(d, 0), (Ids{x, x, 3}));
}

TEST_F(DatasetTest, several_files_are_one_data_set_in_their_order) {
  const std::vector<std::filesystem::path> files = {file("one", R"({"prompt":"","response":"d"})"),
                                                    file("two", R"([{"prompt":"","response":"e"}])")};

  const Dataset d = read_dataset(files, &tokenizer, options);

  EXPECT_EQ(ids_of(d, 0), (Ids{12, 3, 13}));
  EXPECT_EQ(ids_of(d, 1), (Ids{12, 4, 13}));
}

TEST_F(DatasetTest, bad_rows_name_file_and_line) {
  expect_error("{\"prompt\":\"a\",\"response\":\"b\"}\n\n{\"prompt\":\n", 3, "not valid JSON");
  expect_error("{\"prompt\":\"a\",\"answer\":\"b\"}", 1,
               "expected the column \"response\", found \"prompt\", \"answer\"");
  expect_error("[{\"prompt\":\"a\",\"response\":\"b\"},\n{\"prompt\":\"a\",\"response\":7}]", 2,
               "expected a string");
  expect_error("[{\"prompt\":\"a\",\"response\":\"b\"},\n{\"prompt\":\"a\"", 2, "cut short");
  expect_error("[{\"prompt\":\"a\",\"response\":\"b\"},\n]", 2, "not valid JSON");
  expect_error("[{\"prompt\":\"a\",\"response\":\"b\"}]\n,", 2, "expected the end");
  expect_error("{\"prompt\":\"a\",\"prompt\":\"b\",\"response\":\"b\"}", 1, "\"prompt\" twice");
  expect_error("{\"prompt\":\"a\",\"response\":\"\"}", 1, "nothing to train");
  expect_error("{\"input_ids\":[1,2],\"labels\":[-100,-100]}", 1, "no token of this sample is trained");
  expect_error("{\"input_ids\":[1,2],\"labels\":[1,-100]}", 1, "no token of this sample is trained");
  expect_error("{\"input_ids\":[1,2,3],\"labels\":[2,3,-100]}", 1, "label 2 of the token 1");
  expect_error("{\"input_ids\":[1,14],\"labels\":[1,2]}", 1,
               "token id 14: the model's vocabulary has 0 to 13");
  expect_error("{\"input_ids\":[1,2],\"labels\":[1,-5]}", 1, "label -5");
  expect_error("{\"input_ids\":[1,2,3],\"labels\":[1,2]}", 1, "as many labels");
  expect_error("{\"input_ids\":[1,4294967296],\"labels\":[1,2]}", 1, "32-bit");
  expect_error(" \n\n", 0, "is empty");
  expect_error("[]", 0, "no sample");
  expect_error("words", 1, "stage sft needs");
}

TEST_F(DatasetTest, a_model_with_a_smaller_vocabulary_than_the_tokenizer_is_refused) {
  options.vocab_size = 13;

  expect_error(R"({"prompt":"a","response":"b"})", 1, "token id 13");
}

TEST_F(DatasetTest, validation_is_a_seeded_part_and_both_parts_keep_the_order) {
  Dataset all;
  for (int32_t i = 0; i < 100; ++i) all.append(Ids{i, i}, Ids{i, i});

  const Split s = split_validation({&all, 1}, 0.1, 3), again = split_validation({&all, 1}, 10, 3),
              other = split_validation({&all, 1}, 10, 4);

  ASSERT_EQ(s.validation.size(), 10);
  ASSERT_EQ(s.train[0].size(), 90);
  std::vector<int32_t> seen, elsewhere;
  for (int64_t i = 0; i < 10; ++i) {
    seen.push_back(s.validation[i].ids[0]);
    elsewhere.push_back(other.validation[i].ids[0]);
    EXPECT_EQ(seen.back(), again.validation[i].ids[0]);
  }
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  for (uint64_t i = 90; i < 100;
       ++i)  // the last rows of the permutation: a later version must hold out the same
    EXPECT_THAT(seen, testing::Contains(static_cast<int32_t>(permuted(i, 100, 3))));
  EXPECT_NE(seen, elsewhere);
  for (int64_t i = 0; i < 90; ++i) EXPECT_THAT(seen, testing::Not(testing::Contains(s.train[0][i].ids[0])));
  EXPECT_EQ(s.train[0].ledger().tokens + s.validation.ledger().tokens, 200);
  EXPECT_THROW(split_validation({&all, 1}, 100, 3), ConfigError);
  EXPECT_THROW(split_validation({&all, 1}, 0, 3), ConfigError);
}

TEST_F(DatasetTest, validation_is_taken_over_all_data_sets_and_leaves_something_of_each) {
  std::vector<Dataset> two(2);
  for (int32_t i = 0; i < 100; ++i) two[i < 30 ? 0 : 1].append(Ids{i, i}, Ids{i, i});
  Dataset one;
  for (int32_t i = 0; i < 100; ++i) one.append(Ids{i, i}, Ids{i, i});

  const Split s = split_validation(two, 20, 3), joined = split_validation({&one, 1}, 20, 3);

  ASSERT_EQ(s.validation.size(), 20);
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(s.validation[i].ids[0], joined.validation[i].ids[0]);
  EXPECT_EQ(s.train[0].size() + s.train[1].size(), 80);
  EXPECT_THROW(split_validation(two, 99, 3), ConfigError);
}

}  // namespace fullshard::data
