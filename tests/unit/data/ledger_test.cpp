#include "fullshard/data/ledger.hpp"

#include <gmock/gmock.h>

#include <set>

namespace fullshard::data {
namespace {

Ledger example() {
  Ledger l{.documents = 10, .used = 7, .samples = 8, .tokens = 100, .trained = 40, .masked = 60};
  l.dropped[static_cast<size_t>(Fault::Roles)] = 2;
  l.dropped[static_cast<size_t>(Fault::TooLong)] = 1;
  return l;
}

TEST(Ledger, balances_when_every_document_and_every_token_is_accounted_for) {
  EXPECT_TRUE(example().balances());

  Ledger lost = example();
  ++lost.documents;
  EXPECT_FALSE(lost.balances());
  Ledger invented = example();
  ++invented.trained;
  EXPECT_FALSE(invented.balances());
}

TEST(Ledger, sums_and_travels_as_numbers_without_loss) {
  Ledger twice = example();
  twice += example();
  EXPECT_EQ(twice.documents, 20);
  EXPECT_EQ(twice.dropped[static_cast<size_t>(Fault::Roles)], 4);
  EXPECT_TRUE(twice.balances());

  std::array<int64_t, kLedgerCounts> all{};
  for (int i = 0; i < kLedgerCounts; ++i) all[static_cast<size_t>(i)] = i + 1;
  EXPECT_EQ(counts_of(ledger_of(all)), all);
}

TEST(Ledger, every_count_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (int i = 0; i < kLedgerCounts; ++i) names.insert(count_name(i));
  EXPECT_EQ(names.size(), static_cast<size_t>(kLedgerCounts));
  EXPECT_EQ(count_name(kLedgerCounts - 1), "dropped_too_long");
  EXPECT_EQ(fault_name(Fault::Row), "row");
  EXPECT_EQ(fault_name(Fault::TooLong), "too_long");
}

}  // namespace
}  // namespace fullshard::data
