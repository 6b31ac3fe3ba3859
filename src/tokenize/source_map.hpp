#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "fullshard/tokenize/text_range.hpp"

namespace fullshard::tokenize {

/// Which bytes of a source the bytes of a text made from it stand for. It is written from left to right while
/// the text is made; one never written to says that the text is the source.
class SourceMap {
 public:
  /// The next bytes of the text are the source's next ones.
  void keep(size_t bytes);
  /// The source's next bytes are gone.
  void skip(size_t bytes) { source_ += bytes; }
  /// Each of the next bytes of the text stands for all of `range`, wherever in the source that is.
  void put(size_t bytes, TextRange range);
  /// The source's next `source_bytes` become `bytes` in the text that cannot be told apart.
  void replace(size_t source_bytes, size_t bytes);
  /// The source's next bytes, kept where `text` is what they are, else replaced by it.
  void replace(std::string_view source, std::string_view text);

  /// From the first byte that `range`'s first byte stands for to the last that its last stands for.
  /// `range` is not empty and lies in the text.
  TextRange source_of(TextRange range) const;

  /// The map of two texts made one from the other: `next` maps the second to the first, this one the first to
  /// the source.
  SourceMap then(const SourceMap& next) const;

 private:
  // Bytes of the text from `at` to the next run's: byte for byte those from source.begin on, or all of it.
  struct Run {
    size_t at;
    bool byte_for_byte;
    TextRange source;
  };
  size_t run_of(size_t at) const;
  TextRange source_at(TextRange range) const;

  std::vector<Run> runs_;
  size_t size_ = 0;    // of the text so far
  size_t source_ = 0;  // next byte of the source
};

/// A text and where it comes from: nowhere, or a place of another text by a map.
struct Origin {
  std::string_view text;
  const Origin* below = nullptr;
  size_t place = 0;  ///< of the map's source in the text below
  const SourceMap* map = nullptr;

  /// The bytes of the lowest text that `part` stands for, which is not empty and a part of `text` by address.
  TextRange range_of(std::string_view part) const;
};

}  // namespace fullshard::tokenize
