// A data file in pieces: the first two bytes say how large a piece and how many readers, the rest is the
// file. However it is cut, the pieces together have the rows of the file read in one, or it is refused both
// ways, with a line of the file.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "fullshard/core/error.hpp"
#include "fullshard/prepare/pieces.hpp"

namespace {

using namespace fullshard;
using namespace fullshard::prepare;

constexpr Bytes kLongestRow{512};

class Memory final : public ByteStream {
 public:
  explicit Memory(std::string_view bytes) : bytes_(bytes) {}
  size_t read(std::span<char> room) override {
    const size_t n = std::min(room.size(), bytes_.size() - at_);
    if (n > 0) std::memcpy(room.data(), bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  int64_t seek(int64_t offset) override {
    at_ = static_cast<size_t>(std::clamp<int64_t>(offset, 0, file_bytes()));
    return static_cast<int64_t>(at_);
  }
  int64_t file_bytes_taken() const override { return static_cast<int64_t>(at_); }
  int64_t file_bytes() const override { return static_cast<int64_t>(bytes_.size()); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

void check(bool held, const char* promise) {
  if (!held) throw std::logic_error(promise);
}

struct Found {
  int64_t offset;
  std::string text;
  bool operator==(const Found&) const = default;
};

struct Outcome {
  bool refused = false;
  std::vector<Found> rows;
};

Outcome read(std::string_view file, Layout layout, Bytes piece, int64_t readers) {
  const int64_t lines = 1 + std::count(file.begin(), file.end(), '\n');
  std::map<int64_t, Piece> pieces;
  try {
    for (int64_t i = 0; i < readers; ++i) {
      PieceReader reader(std::make_unique<Memory>(file), layout, "file",
                         {.piece = piece, .longest_row = kLongestRow, .index = i, .of = readers});
      while (auto p = reader.next()) {
        check(p->number % readers == i, "a reader takes its own pieces");
        const int64_t number = p->number;
        check(pieces.emplace(number, std::move(*p)).second, "a piece comes once");
      }
    }
  } catch (const DataError& e) {
    check(e.line >= 0 && e.line <= lines, "an error names a line of the file");
    return {.refused = true};
  }
  Outcome out;
  int64_t next = 0;
  for (const auto& [number, p] : pieces) {
    check(number == next++, "no piece is left out");
    for (const Row& row : p.rows) out.rows.push_back({row.offset, std::string(p.text(row))});
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Bytes piece{64 + data[0]};  // of which a file has few: a window is filled for each
  const int64_t readers = 1 + data[1] % 3;
  const std::string_view file(reinterpret_cast<const char*>(data) + 2, size - 2);
  Layout layout = Layout::Text;
  try {
    Memory bytes(file);
    layout = layout_of(bytes, "file");
  } catch (const DataError&) {
    return 0;
  }
  const Outcome whole = read(file, layout, Bytes{1 << 20}, 1), cut = read(file, layout, piece, readers);
  check(whole.refused == cut.refused, "what is refused does not depend on the cut");
  check(whole.rows == cut.rows, "what is read does not depend on the cut");
  int64_t end = 0;
  for (const Found& row : whole.rows) {
    check(row.offset >= end, "rows lie one behind the other");
    check(file.substr(static_cast<size_t>(row.offset), row.text.size()) == row.text,
          "a row lies where it says");
    end = row.offset + static_cast<int64_t>(row.text.size());
  }
  return 0;
}
