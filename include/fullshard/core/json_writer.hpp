#pragma once
// JSON out. Reading is Boost.JSON's, in the modules that may include it; writing needs no library.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard {

/// Writes one JSON value into a string. Numbers round-trip; NaN and infinities become null.
///
///   JsonWriter w;                       // compact; JsonWriter w{2} indents by two
///   w.begin_object().key("loss").value(0.5).key("ids").begin_array().value(1).end_array().end_object();
class JsonWriter {
 public:
  explicit JsonWriter(int indent = 0) : indent_(indent) {}
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(int64_t number);
  JsonWriter& value(int number) { return value(static_cast<int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& null();
  /// Inserts text that is JSON already.
  JsonWriter& raw(std::string_view json);
  const std::string& str() const { return out_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void newline();

  std::string out_;
  std::vector<bool> has_members_;  // one per open bracket
  bool after_key_ = false;
  int indent_;
};

/// `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD, everything else stays as it is.
std::string json_quoted(std::string_view text);

/// The start of a text that others wrote, for a message: as json_quoted has it, but with all control
/// characters escaped. At most `most_bytes` of the text, whole characters; "…" after the closing quote where
/// it goes on.
std::string json_excerpt(std::string_view text, size_t most_bytes = 80);

}  // namespace fullshard
