#pragma once
// Protocol buffer encoding (protobuf.dev/programming-guides/encoding), as far as event files need it.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace fullshard::report {

/// `value` in little-endian bytes, whatever the machine.
template <class T>
void append_little_endian(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
}

/// One message under construction; fields in the order of the calls.
class Protobuf {
 public:
  Protobuf& integer(int field, int64_t value) {
    key(field, 0);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  Protobuf& real64(int field, double value) {
    key(field, 1);
    append_little_endian(out_, std::bit_cast<uint64_t>(value));
    return *this;
  }
  Protobuf& real32(int field, float value) {
    key(field, 5);
    append_little_endian(out_, std::bit_cast<uint32_t>(value));
    return *this;
  }
  Protobuf& bytes(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    out_ += value;
    return *this;
  }
  Protobuf& message(int field, const Protobuf& value) { return bytes(field, value.out_); }
  const std::string& str() const { return out_; }

 private:
  void key(int field, int wire_type) { varint(static_cast<uint64_t>(field << 3 | wire_type)); }
  void varint(uint64_t v) {
    for (; v >= 0x80; v >>= 7) out_ += static_cast<char>(v | 0x80);
    out_ += static_cast<char>(v);
  }

  std::string out_;
};

}  // namespace fullshard::report
