#include "watch/message.hpp"

#include <cstring>

namespace fullshard::watch {

namespace {

// All bytes are looked at, so that the time tells nothing about where they differ.
bool same(const Token& a, const Token& b) {
  unsigned different = 0;
  for (size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned>(a[i] ^ b[i]);
  return different == 0;
}

template <size_t N>
bool printable(const std::array<char, N>& text) {
  for (const char c : text) {
    if (c == 0) return true;
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return false;
}

// Numbers are added and doubled where ranks are compared.
constexpr int64_t kMostCollectives = int64_t{1} << 56;

bool possible(const CollectiveProgress& p) {
  return p.sequence >= 0 && p.sequence < kMostCollectives && p.bytes >= 0 &&
         (p.in_flight == 0 || p.in_flight == 1) && printable(p.operation) && printable(p.unit) &&
         printable(p.axis);
}

}  // namespace

std::optional<Message> parse(const RawMessage& raw, const Token& token, int num_ranks) {
  // The two enumerations are looked at as bytes, before a value that does not exist can become one of them.
  const auto byte = [&](size_t offset) { return std::to_integer<unsigned>(raw[offset]); };
  const unsigned kind = byte(offsetof(Message, kind));
  if (kind < 1 || kind > static_cast<unsigned>(MessageKind::End)) return std::nullopt;
  if (byte(offsetof(Message, progress) + offsetof(Progress, phase)) >= kNumPhases) return std::nullopt;

  Message m;
  std::memcpy(static_cast<void*>(&m), raw.data(), raw.size());
  if (m.magic != Message::kMagic || !same(m.token, token)) return std::nullopt;
  if (m.rank < 0 || m.rank >= num_ranks || m.progress.step < 0 || !printable(m.host)) return std::nullopt;
  if (m.sent < 0 || m.advanced < 0) return std::nullopt;
  for (const CollectiveProgress& last : m.progress.collectives)
    if (!possible(last)) return std::nullopt;
  return m;
}

}  // namespace fullshard::watch
