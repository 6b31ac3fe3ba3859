#pragma once

#include <optional>
#include <string_view>

namespace fullshard {

/// Where `text` stops being UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing cut short); none if it
/// is all of it.
std::optional<size_t> first_not_utf8(std::string_view text);

}  // namespace fullshard
