// What the C library has from 2.36 on and some carried libraries ask for, so that they run on one of 2.34
// (bundle.py).
#include <sys/random.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" void arc4random_buf(void* buffer, size_t size) {
  auto* at = static_cast<unsigned char*>(buffer);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0 && errno != EINTR) std::abort();  // as the C library's own: there is no way to report it
    if (got <= 0) continue;
    at += got;
    size -= static_cast<size_t>(got);
  }
}

extern "C" uint32_t arc4random() {
  uint32_t value;
  arc4random_buf(&value, sizeof value);
  return value;
}
