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

TEST(LedgerJson, has_every_count_by_name) {
  EXPECT_THAT(
      ledger_json({{"a", example()}}),
      testing::StartsWith(R"({"a":{"documents":1200,"used":1197,"samples":1197,"tokens":5,"trained":2,)"));
}

}  // namespace
}  // namespace fullshard::prepare
