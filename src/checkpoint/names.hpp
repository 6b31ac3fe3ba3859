#pragma once
// Names of checkpoints, their files and their identity.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace fullshard::checkpoint {

/// One path component and HDF5 link name: not empty, no '/', not "." or "..", no NUL, at most 255 bytes.
bool is_plain_name(std::string_view name);

/// A random identity, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" (RFC 4122, version 4).
std::string new_uuid();
bool is_uuid(std::string_view text);

/// 16 hexadecimal digits; throws Error(Refused) for anything else.
uint64_t hash_from_hex(std::string_view text);

/// "2031-12-24T18:00:00Z"
std::string utc_now();

/// "checkpoint-120"
std::string final_name(int64_t step);
/// "checkpoint-120.partial-<uuid>": what is not finished, or is being removed.
std::string partial_name(int64_t step, std::string_view uuid);
/// The step of a name made by final_name; nothing for every other name.
std::optional<int64_t> step_of(std::string_view name);
bool is_partial(std::string_view name);

}  // namespace fullshard::checkpoint
