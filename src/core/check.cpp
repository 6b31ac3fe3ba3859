#include "fullshard/core/check.hpp"

namespace fullshard {

void check_failed(const char* condition, const std::string& message, std::source_location where) {
  throw InternalError(fmt::format("{}:{}: {}: check '{}' failed: {}", where.file_name(), where.line(),
                                  where.function_name(), condition, message));
}

}  // namespace fullshard
