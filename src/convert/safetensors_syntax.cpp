#include "convert/safetensors_syntax.hpp"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <utility>

#include "fullshard/core/error.hpp"

namespace fullshard::convert {

namespace {

namespace json = boost::json;

/// Receives the parser's events. Boost.JSON's documents keep the last of duplicate keys silently, so the
/// events are looked at as they come. Returning false ends the parse; `problem` then says why.
class Handler {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = 64;  // dimensions of a tensor
  static constexpr size_t max_key_size = 65536;
  static constexpr size_t max_string_size = SIZE_MAX;  // bounded by the text

  SafetensorsSyntax result;
  std::string problem;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    switch (place_) {
      case Place::Document:
        place_ = Place::Top;
        return true;
      case Place::Top:
        if (key_ == "__metadata__") {
          if (std::exchange(has_metadata_, true)) return fail("'__metadata__' is there twice");
          place_ = Place::Metadata;
        } else {
          result.tensors.push_back({key_, {}, {}, {}});
          seen_ = 0;
          place_ = Place::Tensor;
        }
        return true;
      default:
        return unexpected("an object");
    }
  }
  bool on_object_end(size_t, json::error_code&) {
    if (place_ == Place::Tensor && seen_ != (kDtype | kShape | kOffsets))
      return fail(fmt::format("tensor '{}' lacks '{}'", result.tensors.back().name,
                              !(seen_ & kDtype)   ? "dtype"
                              : !(seen_ & kShape) ? "shape"
                                                  : "data_offsets"));
    place_ = place_ == Place::Top ? Place::Document : Place::Top;
    return true;
  }
  bool on_array_begin(json::error_code&) {
    if (place_ != Place::Tensor || key_ == "dtype") return unexpected("an array");
    place_ = key_ == "shape" ? Place::Shape : Place::Offsets;
    offsets_read_ = 0;
    return true;
  }
  bool on_array_end(size_t n, json::error_code&) {
    if (place_ == Place::Offsets && n != 2) return fail("'data_offsets' needs two numbers");
    place_ = Place::Tensor;
    return true;
  }

  bool on_key_part(json::string_view s, size_t, json::error_code&) { return append(s); }
  bool on_key(json::string_view s, size_t, json::error_code&) {
    append(s);
    key_ = std::exchange(text_, {});
    return place_ != Place::Tensor || note_tensor_key();
  }
  bool on_string_part(json::string_view s, size_t, json::error_code&) { return append(s); }
  bool on_string(json::string_view s, size_t, json::error_code&) {
    append(s);
    std::string text = std::exchange(text_, {});
    if (place_ == Place::Metadata) {
      if (!result.metadata.emplace(key_, std::move(text)).second)
        return fail(fmt::format("'__metadata__' has the key '{}' twice", key_));
      return true;
    }
    if (place_ != Place::Tensor || key_ != "dtype") return unexpected("a string");
    result.tensors.back().dtype = std::move(text);
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(int64_t n, json::string_view, json::error_code&) {
    return n < 0 ? unexpected(fmt::format("{}", n)) : on_size(static_cast<uint64_t>(n));
  }
  bool on_uint64(uint64_t n, json::string_view, json::error_code&) { return on_size(n); }
  bool on_double(double d, json::string_view, json::error_code&) { return unexpected(fmt::format("{}", d)); }
  bool on_bool(bool b, json::error_code&) { return unexpected(b ? "true" : "false"); }
  bool on_null(json::error_code&) { return unexpected("null"); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  enum class Place { Document, Top, Metadata, Tensor, Shape, Offsets };
  static constexpr unsigned kDtype = 1, kShape = 2, kOffsets = 4;

  bool append(json::string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }
  bool fail(std::string why) {
    problem = std::move(why);
    return false;
  }
  bool unexpected(std::string_view what) {
    if (place_ == Place::Document) return fail(fmt::format("expected a JSON object, found {}", what));
    if (place_ == Place::Metadata)
      return fail(fmt::format("'__metadata__' holds strings only, found {} at '{}'", what, key_));
    if (place_ == Place::Top) return fail(fmt::format("tensor '{}' must be an object, found {}", key_, what));
    return fail(fmt::format("tensor '{}': found {} at '{}', expected {}", result.tensors.back().name, what,
                            key_, key_ == "dtype" ? "a string" : "an array of whole numbers"));
  }
  bool note_tensor_key() {
    const std::string& tensor = result.tensors.back().name;
    const unsigned bit = key_ == "dtype"          ? kDtype
                         : key_ == "shape"        ? kShape
                         : key_ == "data_offsets" ? kOffsets
                                                  : 0;
    if (bit == 0)
      return fail(
          fmt::format("tensor '{}': unknown key '{}', expected dtype, shape, data_offsets", tensor, key_));
    if (seen_ & bit) return fail(fmt::format("tensor '{}': '{}' is there twice", tensor, key_));
    seen_ |= bit;
    return true;
  }
  bool on_size(uint64_t n) {
    if (place_ == Place::Shape) {
      result.tensors.back().shape.push_back(n);
      return true;
    }
    if (place_ != Place::Offsets) return unexpected(fmt::format("{}", n));
    auto& offsets = result.tensors.back().offsets;
    if (offsets_read_ == offsets.size()) return fail("'data_offsets' needs two numbers");
    offsets[offsets_read_++] = n;
    return true;
  }

  Place place_ = Place::Document;
  std::string key_, text_;
  unsigned seen_ = 0;
  bool has_metadata_ = false;
  size_t offsets_read_ = 0;
};

}  // namespace

SafetensorsSyntax parse_safetensors_syntax(std::string_view text, const std::filesystem::path& path) {
  json::basic_parser<Handler> parser(json::parse_options{});
  json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  Handler& handler = parser.handler();
  if (!handler.problem.empty()) throw ModelError(path, "header: " + handler.problem);
  if (!error && used < text.size()) error = json::error::extra_data;
  if (error)
    throw ModelError(path,
                     fmt::format("header: expected JSON, found {} at byte {} of {}; this is no safetensors "
                                 "file, or it is damaged",
                                 error.message(), used, text.size()));
  return std::move(handler.result);
}

}  // namespace fullshard::convert
