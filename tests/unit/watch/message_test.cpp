#include "watch/message.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace fullshard::watch {

namespace {

constexpr Token kToken = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr int kRanks = 4;

Message good() {
  Message m;
  m.token = kToken;
  m.rank = 3;
  m.progress.step = 812;
  m.progress.phase = Phase::Finished;
  std::strcpy(m.host.data(), "n1");
  std::strcpy(m.progress.collectives[1].operation.data(), "reduce");
  return m;
}

template <class Change>
bool accepted(Change&& change) {
  Message m = good();
  change(m);
  RawMessage raw;
  std::memcpy(raw.data(), &m, raw.size());
  return parse(raw, kToken, kRanks).has_value();
}

}  // namespace

TEST(Message, arrives_as_it_was_sent) {
  const Message m = good();
  RawMessage raw;
  std::memcpy(raw.data(), &m, raw.size());

  const Message got = parse(raw, kToken, kRanks).value();

  EXPECT_EQ(got.rank, 3);
  EXPECT_EQ(got.progress.step, 812);
  EXPECT_EQ(got.progress.phase, Phase::Finished);
  EXPECT_STREQ(got.host.data(), "n1");
}

TEST(Message, who_does_not_know_the_token_is_not_listened_to) {
  EXPECT_TRUE(accepted([](Message&) {}));
  for (size_t i = 0; i < kToken.size(); ++i) EXPECT_FALSE(accepted([&](Message& m) { m.token[i] ^= 1; }));
  EXPECT_FALSE(accepted([](Message& m) { m.magic ^= 1; }));
}

TEST(Message, what_cannot_be_is_refused) {
  EXPECT_FALSE(accepted([](Message& m) { m.rank = kRanks; }));
  EXPECT_FALSE(accepted([](Message& m) { m.rank = -1; }));
  EXPECT_FALSE(accepted([](Message& m) { m.sent = -1; }));
  EXPECT_FALSE(accepted([](Message& m) { m.advanced = -1; }));
  EXPECT_FALSE(accepted([](Message& m) { m.kind = MessageKind{0}; }));
  EXPECT_FALSE(accepted([](Message& m) { m.kind = MessageKind{5}; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.phase = Phase{kNumPhases}; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.collectives[1].in_flight = 2; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.collectives[1].sequence = -1; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.collectives[1].sequence = INT64_MAX; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.step = -1; }));
}

// They are written into logs and onto terminals.
TEST(Message, names_end_and_can_be_printed) {
  EXPECT_FALSE(accepted([](Message& m) { m.host.fill('x'); }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.collectives[1].unit.fill('x'); }));
  EXPECT_FALSE(accepted([](Message& m) { m.host[0] = '\n'; }));
  EXPECT_FALSE(accepted([](Message& m) { m.progress.collectives[1].axis[0] = 0x1b; }));
}

}  // namespace fullshard::watch
