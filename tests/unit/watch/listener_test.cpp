#include "fullshard/watch/listener.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "watch/invitation.hpp"

namespace fullshard::watch {

TEST(WatchListener, invites_to_an_open_port_with_a_token_of_its_own) {
  const WatchListener one(4, "n0"), other(4, "n0");
  const Invitation a = parse_invitation(one.invitation()), b = parse_invitation(other.invitation());

  EXPECT_NE(a.port, 0);
  EXPECT_NE(a.port, b.port);
  EXPECT_NE(a.token, b.token);
  EXPECT_NE(a.token, Token{});
}

TEST(Invitation, survives_the_way_as_text) {
  const Invitation in{.token = {0, 0x0f, 0xf0, 255},
                      .port = 65535,
                      .host = host_name("n 7\n"),
                      .addresses = {"10.0.0.1", "fd00::1", "127.0.0.1"}};

  const Invitation out = parse_invitation(to_text(in));

  EXPECT_EQ(out.token, in.token);
  EXPECT_EQ(out.port, in.port);
  EXPECT_STREQ(out.host.data(), "n?7?");
  EXPECT_EQ(out.addresses, in.addresses);
  EXPECT_THROW(parse_invitation("nothing"), InternalError);
  EXPECT_THROW(parse_invitation(to_text({.port = 1})), InternalError);
}

TEST(Invitation, loopback_is_the_last_address_to_be_tried) {
  const std::vector<std::string> addresses = own_addresses();

  ASSERT_FALSE(addresses.empty());
  bool loopback_seen = false;
  for (const std::string& a : addresses) {
    const bool loopback = a.starts_with("127.") || a == "::1";
    EXPECT_TRUE(loopback || !loopback_seen) << a;
    loopback_seen = loopback_seen || loopback;
  }
}

}  // namespace fullshard::watch
