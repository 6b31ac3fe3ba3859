#include "checkpoint/names.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <charconv>
#include <ctime>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr std::string_view kPrefix = "checkpoint-", kPartial = ".partial-", kHex = "0123456789abcdef";
constexpr size_t kLongestName = 255;  // NAME_MAX of every Linux file system

}  // namespace

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         name.find('/') == name.npos && name.find('\0') == name.npos;
}

std::string new_uuid() {
  unsigned char b[16];
  if (::getrandom(b, sizeof b, 0) != sizeof b)  // 16 bytes are never cut short (getrandom(2))
    throw IoError("/dev/urandom", -1, "cannot read random bytes: " + errno_text(errno));
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", b[i]);
  }
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : kHex.find(text[i]) == kHex.npos) return false;
  }
  return true;
}

uint64_t hash_from_hex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size())
    throw Error(ExitCode::Refused, fmt::format("hash: expected 16 hexadecimal digits, found '{}'", text));
  return value;
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string final_name(int64_t step) {
  return fmt::format("{}{}", kPrefix, step);
}

std::string partial_name(int64_t step, std::string_view uuid) {
  return fmt::format("{}{}{}", final_name(step), kPartial, uuid);
}

std::optional<int64_t> step_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return {};
  const std::string_view digits = name.substr(kPrefix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  // Only the one spelling that final_name writes: no sign, no leading zeros, nothing behind.
  if (error != std::errc{} || final_name(step) != name || step < 0) return {};
  return step;
}

bool is_partial(std::string_view name) {
  const size_t at = name.find(kPartial);
  return at != name.npos && step_of(name.substr(0, at)) && is_uuid(name.substr(at + kPartial.size()));
}

}  // namespace fullshard::checkpoint
