#include "watch/hub.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "fullshard/watch/boot_clock.hpp"
#include "fullshard/watch/listener.hpp"
#include "watch/invitation.hpp"

namespace fullshard::watch {

using namespace std::chrono_literals;

namespace {

/// A hub for two ranks, and what rank 1 says to it over connections of its own.
class HubOfTwo : public testing::Test {
 protected:
  HubOfTwo() {
    for (RankRecord& r : ranks_) r.heard = r.advanced = kStart;
  }

  /// A new connection, over which rank 1 says that its progress was `changes` for `age` when it sent this.
  void says(uint64_t changes, Duration age, TimePoint now) {
    Message m;
    m.token = invitation_.token;
    m.rank = 1;
    m.progress.changes = changes;
    m.sent = Duration(1000s).count();  // a clock of its own
    m.advanced = m.sent - age.count();
    connections_.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(invitation_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(connections_.back().get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    ASSERT_EQ(::send(connections_.back().get(), &m, sizeof m, MSG_NOSIGNAL), static_cast<ssize_t>(sizeof m));
    // The connection, then what was said over it.
    while (ranks_[1].progress.changes != changes) {
      hub_.wait(10s);
      hub_.handle(now, Message{});
    }
  }

  static constexpr TimePoint kStart{5000s};
  WatchListener listener_{2, "n0"};
  Invitation invitation_ = parse_invitation(listener_.invitation());
  std::array<RankRecord, 2> ranks_;
  FileDescriptor wake_{::eventfd(0, EFD_NONBLOCK)};
  Hub hub_{listener_.take_socket(), invitation_.token, ranks_, wake_.get()};
  std::vector<FileDescriptor> connections_;
};

}  // namespace

TEST_F(HubOfTwo, a_rank_that_found_another_way_has_made_no_progress_meanwhile) {
  says(1, 0s, kStart + 1s);
  EXPECT_EQ(ranks_[1].advanced, kStart + 1s);

  says(2, 3s, kStart + 5s);

  EXPECT_EQ(ranks_[1].heard, kStart + 5s);
  EXPECT_EQ(ranks_[1].advanced, kStart + 2s);
}

TEST_F(HubOfTwo, no_word_of_a_rank_sets_it_back_or_ahead) {
  says(1, 0s, kStart + 1s);

  says(2, 500s, kStart + 2s);
  EXPECT_EQ(ranks_[1].advanced, kStart + 1s);

  says(3, -500s, kStart + 3s);
  EXPECT_EQ(ranks_[1].advanced, kStart + 3s);
}

}  // namespace fullshard::watch
