// A data file: JSON array, JSONL or text. The end is a number of records or a DataError that names a line of
// the file.
#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "data/records.hpp"
#include "fullshard/core/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fullshard;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const int64_t lines = 1 + std::count(input.begin(), input.end(), '\n');
  const data::FileKind kind = data::kind_of(input);
  if (kind == data::FileKind::Text) return 0;
  int64_t last = 0;
  try {
    data::for_each_record(input, kind, "file", [&](const boost::json::object&, int64_t line) {
      if (line < std::max<int64_t>(last, 1) || line > lines)
        throw std::logic_error("records come with rising lines of the file");
      last = line;
    });
  } catch (const DataError& e) {
    if (e.line < std::max<int64_t>(last, 1) || e.line > lines)
      throw std::logic_error("an error names a line of the file");
  }
  return 0;
}
