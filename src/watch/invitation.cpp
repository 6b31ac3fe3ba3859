#include "watch/invitation.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::watch {

namespace {

bool is_link_local(const sockaddr* address) {
  if (address->sa_family != AF_INET6) return false;
  return IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

std::string numeric(const sockaddr* address) {
  const socklen_t size = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  char text[NI_MAXHOST];
  return ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

// Smaller is tried first.
int rank_of(const ifaddrs& interface) {
  return 2 * ((interface.ifa_flags & IFF_LOOPBACK) != 0) + (interface.ifa_addr->sa_family == AF_INET6);
}

}  // namespace

Token random_token() {
  Token token;
  if (::getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size()))
    throw CommError("watchdog", "no random bytes from the system: " + errno_text(errno));
  return token;
}

std::vector<std::string> own_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    throw CommError("watchdog", "cannot list the network interfaces: " + errno_text(errno));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<std::pair<int, std::string>> found;
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_UP) == 0) continue;
    if (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6) continue;
    if (is_link_local(i->ifa_addr)) continue;
    if (std::string text = numeric(i->ifa_addr); !text.empty())
      found.emplace_back(rank_of(*i), std::move(text));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (auto& [order, text] : found) out.push_back(std::move(text));
  return out;
}

HostName host_name(const std::string& text) {
  HostName out{};
  std::copy_n(text.begin(), std::min(text.size(), out.size() - 1), out.begin());
  for (char& c : out)
    if (c != 0 && (c <= ' ' || c == 0x7f)) c = '?';
  if (out[0] == 0) out[0] = '?';
  return out;
}

std::string to_text(const Invitation& invitation) {
  std::string text;
  for (const unsigned char byte : invitation.token) text += fmt::format("{:02x}", byte);
  text += fmt::format(" {} {}", invitation.port, invitation.host.data());
  for (const std::string& address : invitation.addresses) text += " " + address;
  return text;
}

Invitation parse_invitation(const std::string& text) {
  Invitation out;
  std::istringstream in(text);
  std::string token, host;
  in >> token >> out.port >> host;
  out.host = host_name(host);
  for (std::string address; in >> address;) out.addresses.push_back(address);
  FS_CHECK(token.size() == 2 * out.token.size() && out.port != 0 && !out.addresses.empty(),
           "an invitation of the watchdog was expected, found '{}'", text);
  for (size_t i = 0; i < out.token.size(); ++i)
    out.token[i] = static_cast<unsigned char>(std::stoi(token.substr(2 * i, 2), nullptr, 16));
  return out;
}

}  // namespace fullshard::watch
