#include "fullshard/prepare/ledger_text.hpp"

#include <gmock/gmock.h>

namespace fullshard::prepare {
namespace {

using testing::HasSubstr;
using testing::Not;

data::Ledger example() {
  data::Ledger l{.documents = 1200, .used = 1197, .samples = 1197, .tokens = 5, .trained = 2, .masked = 3};
  l.dropped[static_cast<size_t>(data::Fault::Roles)] = 2;
  l.dropped[static_cast<size_t>(data::Fault::NothingTrained)] = 1;
  return l;
}

TEST(LedgerText, says_why_documents_were_dropped) {
  const std::string text = ledger_text({{"chat", example()}});

  EXPECT_THAT(text, HasSubstr("chat        1,200        3    1,197"));
  EXPECT_THAT(text, HasSubstr("dropped: 2 roles, 1 nothing_trained"));
  EXPECT_THAT(text, Not(HasSubstr("all")));
}

TEST(LedgerText, adds_several_sources_up) {
  EXPECT_THAT(ledger_text({{"a", example()}, {"b", example()}}),
              HasSubstr("all         2,400        6    2,394"));
}

TEST(LedgerText, of_a_long_name_the_end_is_shown) {
  const std::string path = "/a/path/that/leads/to/a/place/far/away/data.jsonl";
  EXPECT_THAT(ledger_text({{path, example()}}), HasSubstr("  …/to/a/place/far/away/data.jsonl  "));
  EXPECT_THAT(ledger_text({{std::string(32, 'n'), example()}}),
              HasSubstr("  " + std::string(32, 'n') + "  "));
}

TEST(LedgerLines, say_what_became_of_documents_and_tokens) {
  EXPECT_EQ(ledger_lines(example()),
            "documents: 1,197 used, 3 dropped: 2 roles, 1 nothing_trained\n"
            "tokens: 2 trained (40 %), 3 masked\n"
            "truncated: 0 samples, 0 tokens\n");
}

TEST(LedgerJson, has_every_count_by_name) {
  EXPECT_THAT(
      ledger_json({{"a", example()}}),
      testing::StartsWith(R"({"a":{"documents":1200,"used":1197,"samples":1197,"tokens":5,"trained":2,)"));
}

}  // namespace
}  // namespace fullshard::prepare
