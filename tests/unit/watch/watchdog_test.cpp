#include "fullshard/watch/watchdog.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "fullshard/core/error.hpp"
#include "fullshard/watch/boot_clock.hpp"
#include "watch/invitation.hpp"

namespace fullshard::watch {

using namespace std::chrono_literals;

namespace {

/// A rank's watchdog and its board; several in one process do as well.
struct Rank {
  ProgressBoard board;
  Watchdog dog;

  Rank(int rank, int ranks, const std::string& invitation, Duration base,
       std::optional<WatchListener> listener = {})
      : dog({WorldRank(rank), ranks, "n" + std::to_string(rank), invitation, base}, board,
            std::move(listener)) {}
};

struct Pair {
  WatchListener listener{2, "n0"};
  std::string invitation = listener.invitation();
  Rank zero, one;

  explicit Pair(Duration base)
      : zero(0, 2, invitation, base, std::move(listener)), one(1, 2, invitation, base) {
    one.dog.wait_until_connected(10s);
  }
};

/// As a stranger on the network sees rank 0's port: what comes back for what it says.
std::string answer_to(const std::string& said, const Invitation& invitation) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(invitation.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(::send(socket.get(), said.data(), said.size(), MSG_NOSIGNAL), static_cast<ssize_t>(said.size()));
  char back[1024];
  const ssize_t n = ::recv(socket.get(), back, sizeof back, 0);
  return std::string(back, static_cast<size_t>(std::max<ssize_t>(n, 0)));
}

std::string beat(const Token& token) {
  Message m;
  m.token = token;
  m.rank = 1;
  return std::string(reinterpret_cast<const char*>(&m), sizeof m);
}

}  // namespace

TEST(Watchdog, a_rank_that_never_said_a_word_is_named_with_its_host) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        WatchListener listener(2, "n0");
        const std::string invitation = listener.invitation();
        const ProgressBoard board;
        const Watchdog dog({WorldRank(0), 2, "n0", invitation, 500ms, {"n0", "n1"}}, board,
                           std::move(listener));
        std::this_thread::sleep_for(30s);
      },
      ::testing::ExitedWithCode(5), "rank 1 on n1");
}

TEST(Watchdog, ranks_that_make_progress_and_leave_one_after_the_other_are_no_alarm) {
  Pair ranks(1s);
  for (int i = 0; i < 15; ++i) {
    ranks.zero.board.touch();
    ranks.one.board.touch();
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_TRUE(ranks.zero.dog.lease_valid());
  EXPECT_TRUE(ranks.one.dog.lease_valid());

  ranks.one.dog.finish();
  for (int i = 0; i < 15; ++i) {
    ranks.zero.board.touch();
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_TRUE(ranks.one.dog.lease_valid());
}

TEST(Watchdog, leaving_takes_no_time_in_either_order) {
  const TimePoint start = BootClock::now();
  { Pair ranks(60s); }
  auto ranks = std::make_unique<Pair>(60s);
  ranks->zero.dog.finish();
  ranks.reset();

  EXPECT_LT(BootClock::now() - start, 900ms);
}

TEST(Watchdog, who_does_not_know_the_token_gets_no_answer_and_disturbs_nobody) {
  Pair ranks(10s);
  const Invitation invitation = parse_invitation(ranks.invitation);
  Token wrong = invitation.token;
  wrong[7] ^= 1;

  EXPECT_EQ(answer_to(beat(wrong), invitation), "");
  EXPECT_EQ(answer_to(std::string(5000, 'x'), invitation), "");

  EXPECT_EQ(answer_to(beat(invitation.token), invitation).size(), sizeof(Message));
  EXPECT_TRUE(ranks.one.dog.lease_valid());
}

TEST(Watchdog, a_rank_zero_that_cannot_be_reached_is_an_error_with_a_remedy) {
  const std::string nobody = to_text({.port = 1, .host = host_name("n0"), .addresses = {"127.0.0.1", "::1"}});
  Rank one(1, 2, nobody, 10s);

  try {
    one.dog.wait_until_connected(200ms);
    FAIL() << "connected to nobody";
  } catch (const CommError& e) {
    EXPECT_NE(std::string(e.what()).find("watchdog_seconds: 0"), std::string::npos) << e.what();
  }
}

TEST(Watchdog, addresses_that_do_not_answer_are_passed_over) {
  WatchListener listener(2, "n0");
  Invitation invitation = parse_invitation(listener.invitation());
  // Nobody listens there; the last one is right.
  invitation.addresses = {"127.0.0.2", "::1", "127.0.0.1"};
  Rank zero(0, 2, to_text(invitation), 2s, std::move(listener));
  Rank one(1, 2, to_text(invitation), 2s);

  EXPECT_NO_THROW(one.dog.wait_until_connected(10s));
}

// Nothing is said and everyone stays until the limit; then both processes end.
TEST(Watchdog, a_rank_without_progress_ends_everyone_with_the_code_of_communication) {
  EXPECT_EXIT(
      {
        Pair ranks(500ms);
        ranks.zero.board.begin_step(1);
        ranks.one.board.begin_step(1);
        ranks.one.board.begin(Traffic::Transfer, {"reduce", "block 7", "node", Bytes{1}});
        std::this_thread::sleep_for(5s);
      },
      testing::ExitedWithCode(5),
      "rank 0 on n0 has made no progress for 0 s: step 1, forward, it runs but does not go on .*rank 1 waits "
      "in reduce #1 "
      "of block 7 over node");
}

TEST(Watchdog, an_unanswered_rank_has_no_lease_and_ends_while_it_wants_to_write) {
  EXPECT_EXIT(
      {
        const std::string nobody = to_text({.port = 1, .host = host_name("n0"), .addresses = {"127.0.0.1"}});
        Rank one(1, 2, nobody, 1s);
        std::this_thread::sleep_for(600ms);
        if (one.dog.lease_valid()) ::_exit(1);
        one.dog.ensure_lease();
        ::_exit(2);
      },
      testing::ExitedWithCode(5), "rank 0 on n0 has made no progress for 1 s");
}

TEST(BootClock, goes_on) {
  const TimePoint before = BootClock::now();
  std::this_thread::sleep_for(2ms);

  EXPECT_GE(BootClock::now() - before, 2ms);
}

}  // namespace fullshard::watch
