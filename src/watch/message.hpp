#pragma once
// What ranks say to rank 0 and hear from it: one fixed record, as it lies in memory. All ranks run one binary
// on one kind of machine (MPI starts nothing else), so neither sizes nor byte order are negotiated; what
// arrives is checked.

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "fullshard/watch/verdict.hpp"

namespace fullshard::watch {

/// Drawn at random by rank 0 for each job: who does not know it is not listened to.
using Token = std::array<unsigned char, 16>;

enum class MessageKind : uint8_t {
  Beat = 1,  ///< to rank 0: where I am
  Echo,      ///< from rank 0: heard, and where rank 0 is
  Bye,       ///< I am done; rank 0 answers with the same
  End,       ///< from rank 0: a verdict was spoken and written down, leave
};

struct Message {
  uint64_t magic = kMagic;
  Token token = {};
  HostName host = {};
  int64_t sent = 0;      ///< a beat's time on its sender's clock; the answer returns it
  int64_t advanced = 0;  ///< of a beat: when `progress` changed last, on the same clock
  Progress progress;
  int32_t rank = 0;
  MessageKind kind = MessageKind::Beat;

  static constexpr uint64_t kMagic = 0x6673'7761'7463'6832;  // also the version of the format
};
static_assert(std::is_trivially_copyable_v<Message>);

using RawMessage = std::array<std::byte, sizeof(Message)>;

/// Nothing unless the bytes are a message of this job with a rank below `num_ranks`, a phase that exists and
/// names that end and can be printed.
std::optional<Message> parse(const RawMessage& raw, const Token& token, int num_ranks);

}  // namespace fullshard::watch
