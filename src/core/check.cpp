#include "fullshard/core/check.hpp"

namespace fullshard {

void check_failed(const char* condition, const std::string& message, const CheckedAt& where) {
  throw InternalError(fmt::format("{}:{}: {}: check '{}' failed: {}", where.file, where.line, where.function,
                                  condition, message));
}

}  // namespace fullshard
