#include "fullshard/core/filesystem_error.hpp"

namespace fullshard {

IoError io_error_of(const std::filesystem::filesystem_error& error) {
  return {error.path1(), -1, error.code().message()};
}

}  // namespace fullshard
