#include "fullshard/prepare/store_report.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "fullshard/data/token_store_writer.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::prepare {
namespace {

using testing::HasSubstr;
using testing::Not;

// Tokens of the tiny vocabulary: a to h are 0 to 7, ' ' 8, ab 9, abc 10, cd 11, <s> 12, </s> 13.
struct StoreReportTest : testing::Test {
  fullshard::test::TempDir dir;
  tokenize::Tokenizer tokenizer = tokenize::test::TinyFile{}.load();

  data::TokenStore store_of(const std::vector<std::vector<int32_t>>& samples) const {
    data::TokenRun run;
    data::StoreHeader header{
        .key = {}, .num_samples = std::ssize(samples), .num_tokens = 0, .ledger = {}, .about = ""};
    for (const auto& s : samples) {
      run.documents.push_back(std::ssize(run.lengths));
      run.lengths.push_back(std::ssize(s));
      run.words.insert(run.words.end(), s.begin(), s.end());
      header.num_tokens += std::ssize(s);
    }
    data::TokenStoreWriter writer(dir / "partial");
    writer.add(run, {});
    writer.seal(header, writer.write_index(header.num_samples, header.num_tokens), dir / "store");
    return data::TokenStore::open(dir / "store");
  }
};

TEST_F(StoreReportTest, shows_examples_with_their_mask_and_says_how) {
  const auto store = store_of({{~12, ~4, 10, 13}});
  EXPECT_THAT(store_report(store, "tiny", &tokenizer, {}),
              HasSubstr("stands in ⟦ ⟧\n\nsample 0 (document 0): 4 tokens, 2 trained\n<s>e⟦abc</s>⟧\n"));
  EXPECT_THAT(store_report(store, "tiny", &tokenizer, {.color = true}),
              HasSubstr("\033[2m<s>e\033[0m\033[32mabc</s>\033[0m"));
  EXPECT_THAT(store_report(store, "tiny", &tokenizer, {.examples = 0}), Not(HasSubstr("⟦")));
}

TEST_F(StoreReportTest, names_equal_samples_empty_targets_and_the_longest) {
  const auto store = store_of({{~1, 2, 3}, {~1, ~2, 3}, {~1, 2, 3}, {1, 2, 3, 4, 5, 6}});
  const std::string text = store_report(store, "tiny", &tokenizer, {});

  EXPECT_THAT(text, HasSubstr("equal samples: 1\n  2 = 0\n"));
  EXPECT_THAT(text,
              HasSubstr("empty targets: 1 (fewer than 2 tokens trained), first: sample 1 (document 1)"));
  EXPECT_THAT(text, HasSubstr("longest: sample 3 (document 3), 6 tokens"));
}

TEST_F(StoreReportTest, samples_go_out_as_json_lines) {
  std::ostringstream out;
  write_samples(store_of({{~12, 10}, {13, ~4}}), "tiny", out);
  EXPECT_EQ(out.str(),
            "{\"source\":\"tiny\",\"index\":0,\"input_ids\":[12,10],\"labels\":[-100,10]}\n"
            "{\"source\":\"tiny\",\"index\":1,\"input_ids\":[13,4],\"labels\":[13,-100]}\n");
}

}  // namespace
}  // namespace fullshard::prepare
