#pragma once
// What rank 0 tells the others, as text that MPI can broadcast: how to reach it and how to prove that they
// belong.

#include <cstdint>
#include <string>
#include <vector>

#include "watch/message.hpp"

namespace fullshard::watch {

struct Invitation {
  Token token = {};
  uint16_t port = 0;
  HostName host = {};                  ///< of rank 0
  std::vector<std::string> addresses;  ///< numeric, to be tried in this order
};

std::string to_text(const Invitation& invitation);
/// Throws InternalError: the text comes from ourselves.
Invitation parse_invitation(const std::string& text);

/// At most 63 bytes, without what cannot be printed or would be two words.
HostName host_name(const std::string& text);

/// From the system's source of randomness. Throws CommError.
Token random_token();
/// Numeric addresses of this machine's interfaces that are up: those that other machines may reach first,
/// loopback last; link-local ones, which mean something else on every machine, are left out.
std::vector<std::string> own_addresses();

}  // namespace fullshard::watch
