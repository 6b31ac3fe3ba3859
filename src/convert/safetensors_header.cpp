#include "fullshard/convert/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "convert/safetensors_syntax.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::convert {

namespace {

struct StoredFormat {
  std::string_view name;
  int64_t bits;
  std::optional<DType> dtype;
};

// Every dtype of safetensors 0.6; those without a DType are refused where a tensor is needed, not here.
constexpr StoredFormat kFormats[] = {
    {"F64", 64, DType::F64}, {"F32", 32, DType::F32}, {"F16", 16, DType::F16}, {"BF16", 16, DType::BF16},
    {"I64", 64, DType::I64}, {"I32", 32, DType::I32}, {"U8", 8, DType::U8},    {"BOOL", 8, {}},
    {"I8", 8, {}},           {"I16", 16, {}},         {"U16", 16, {}},         {"U32", 32, {}},
    {"U64", 64, {}},         {"C64", 64, {}},         {"F8_E5M2", 8, {}},      {"F8_E4M3", 8, {}},
    {"F8_E8M0", 8, {}},      {"F6_E2M3", 6, {}},      {"F6_E3M2", 6, {}},      {"F4", 4, {}},
};

struct Checker {
  const std::filesystem::path& path;
  int64_t data_size;

  template <class... Args>
  [[noreturn]] void refuse(std::string_view tensor, fmt::format_string<Args...> format,
                           Args&&... args) const {
    throw ModelError(path, fmt::format("tensor '{}': {}; the file is damaged or was cut, fetch it again",
                                       tensor, fmt::format(format, std::forward<Args>(args)...)));
  }

  const StoredFormat& format_of(const TensorEntry& e) const {
    for (const StoredFormat& f : kFormats)
      if (f.name == e.dtype) return f;
    refuse(e.name, "unknown dtype '{}'", e.dtype);
  }

  Bytes size_from_shape(const TensorEntry& e, const StoredFormat& format) const {
    int64_t bits = format.bits;
    for (uint64_t n : e.shape)
      if (n > uint64_t{std::numeric_limits<int64_t>::max()} ||
          __builtin_mul_overflow(bits, static_cast<int64_t>(n), &bits))
        refuse(e.name, "its shape overflows: {} elements of {}", fmt::join(e.shape, " × "), e.dtype);
    if (bits % 8 != 0) refuse(e.name, "its {} bits are not whole bytes", bits);
    return {bits / 8};
  }

  TensorInfo checked(TensorEntry&& e) const {
    const StoredFormat& format = format_of(e);
    const Bytes size = size_from_shape(e, format);
    const uint64_t begin = e.offsets[0], end = e.offsets[1];
    if (begin > end) refuse(e.name, "data_offsets [{}, {}] run backwards", begin, end);
    if (end - begin != static_cast<uint64_t>(size.value))
      refuse(e.name, "shape [{}] of {} needs {} bytes, data_offsets [{}, {}] give {}",
             fmt::join(e.shape, ", "), e.dtype, size.value, begin, end, end - begin);
    if (end > static_cast<uint64_t>(data_size))
      refuse(e.name, "ends at byte {} of the data, expected at most {}, which is where the file ends", end,
             data_size);
    return {std::move(e.name),
            std::move(e.dtype),
            format.dtype,
            {e.shape.begin(), e.shape.end()},
            static_cast<int64_t>(begin),
            size};
  }

  void check_cover(const std::vector<TensorInfo>& in_order) const {
    int64_t at = 0;
    for (const TensorInfo& t : in_order) {
      if (t.offset != at)
        refuse(t.name, "begins at byte {} of the data, expected {}: {}", t.offset, at,
               t.offset < at ? "it overlaps the tensor before it" : "there is a hole before it");
      at += t.size.value;
    }
    if (at != data_size)
      throw ModelError(
          path, fmt::format("the data after the header has {} bytes, expected {}{}; the file is "
                            "damaged, fetch it again",
                            data_size, at,
                            in_order.empty() ? "" : ", the end of tensor '" + in_order.back().name + "'"));
  }
};

}  // namespace

Elems TensorInfo::count() const {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  return {n};
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string_view safetensors_name_of(DType t) {
  for (const StoredFormat& f : kFormats)
    if (f.dtype == t) return f.name;
  FS_CHECK(false, "{} has no name in safetensors", name_of(t));
  return {};
}

SafetensorsHeader parse_safetensors_header(std::string_view json, int64_t data_size,
                                           const std::filesystem::path& path) {
  SafetensorsSyntax syntax = parse_safetensors_syntax(json, path);
  const Checker checker{path, data_size};
  SafetensorsHeader header{{}, std::move(syntax.metadata)};
  header.tensors.reserve(syntax.tensors.size());
  std::set<std::string_view> names;
  for (TensorEntry& e : syntax.tensors) header.tensors.push_back(checker.checked(std::move(e)));
  for (const TensorInfo& t : header.tensors)
    if (!names.insert(t.name).second) checker.refuse(t.name, "is there twice");
  // Empty tensors come before the one that begins where they are.
  std::stable_sort(header.tensors.begin(), header.tensors.end(),
                   [](const TensorInfo& a, const TensorInfo& b) {
                     return std::pair(a.offset, a.size) < std::pair(b.offset, b.size);
                   });
  checker.check_cover(header.tensors);
  return header;
}

}  // namespace fullshard::convert
