#include "fullshard/watch/listener.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "fullshard/core/error.hpp"
#include "watch/invitation.hpp"

namespace fullshard::watch {

namespace {

[[noreturn]] void fail(const char* what) {
  throw CommError("watchdog",
                  std::string(what) + ": " + errno_text(errno) + "; watchdog_seconds: 0 runs without it");
}

// Besides the connections a job has files open and sockets of MPI; a rank may connect anew before its old
// connection is known to be gone.
void allow_open_files(int num_ranks) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(num_ranks) * 2 + 1024;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: connections will be, and wait_until_connected says so
}

// One socket for both families where the machine has IPv6.
FileDescriptor bound_socket() {
  FileDescriptor six(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int no = 0;
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  if (six && ::setsockopt(six.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0 &&
      ::bind(six.get(), reinterpret_cast<const sockaddr*>(&any6), sizeof any6) == 0)
    return six;
  FileDescriptor four(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  if (!four || ::bind(four.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
    fail("cannot open a port");
  return four;
}

uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("cannot read the port");
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

WatchListener::WatchListener(int num_ranks, const std::string& host) {
  allow_open_files(num_ranks);
  socket_ = bound_socket();
  if (::listen(socket_.get(), std::max(num_ranks, 16)) != 0) fail("cannot listen");
  invitation_ = to_text({.token = random_token(),
                         .port = port_of(socket_),
                         .host = host_name(host),
                         .addresses = own_addresses()});
}

}  // namespace fullshard::watch
