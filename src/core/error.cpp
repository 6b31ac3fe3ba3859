#include "fullshard/core/error.hpp"

#include <system_error>

namespace fullshard {

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number) + " (errno " + std::to_string(error_number) + ")";
}

}  // namespace fullshard
