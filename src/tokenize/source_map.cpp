#include "tokenize/source_map.hpp"

#include <algorithm>

namespace fullshard::tokenize {

void SourceMap::keep(size_t bytes) {
  if (bytes == 0) return;
  const bool goes_on = !runs_.empty() && runs_.back().byte_for_byte && runs_.back().source.end == source_;
  if (goes_on)
    runs_.back().source.end += bytes;
  else
    runs_.push_back({size_, true, {source_, source_ + bytes}});
  size_ += bytes;
  source_ += bytes;
}

void SourceMap::put(size_t bytes, TextRange range) {
  if (bytes == 0) return;
  runs_.push_back({size_, false, range});
  size_ += bytes;
}

void SourceMap::replace(size_t source_bytes, size_t bytes) {
  put(bytes, {source_, source_ + source_bytes});
  skip(source_bytes);
}

void SourceMap::replace(std::string_view source, std::string_view text) {
  if (source == text)
    keep(text.size());
  else
    replace(source.size(), text.size());
}

size_t SourceMap::run_of(size_t at) const {
  const auto behind =
      std::partition_point(runs_.begin(), runs_.end(), [&](const Run& r) { return r.at <= at; });
  return static_cast<size_t>(behind - runs_.begin()) - 1;
}

TextRange SourceMap::source_of(TextRange range) const {
  if (runs_.empty()) return range;
  const size_t last_byte = range.end - 1;
  const Run& first = runs_[run_of(range.begin)];
  const Run& last = runs_[run_of(last_byte)];
  return {first.source.begin + (first.byte_for_byte ? range.begin - first.at : 0),
          last.byte_for_byte ? last.source.begin + (last_byte - last.at) + 1 : last.source.end};
}

// Of an empty range: the place behind what the byte before it stands for.
TextRange SourceMap::source_at(TextRange range) const {
  if (!range.empty()) return source_of(range);
  const size_t place = range.begin == 0 ? 0 : source_of({range.begin - 1, range.begin}).end;
  return {place, place};
}

SourceMap SourceMap::then(const SourceMap& next) const {
  if (runs_.empty()) return next;
  if (next.runs_.empty()) return *this;
  SourceMap out;
  for (size_t n = 0; n < next.runs_.size(); ++n) {
    const Run& r = next.runs_[n];
    const size_t bytes = (n + 1 < next.runs_.size() ? next.runs_[n + 1].at : next.size_) - r.at;
    if (!r.byte_for_byte) {
      out.put(bytes, source_at(r.source));
      continue;
    }
    for (size_t at = r.source.begin, run = run_of(at); at < r.source.end; ++run) {
      const size_t run_end = run + 1 < runs_.size() ? runs_[run + 1].at : size_;
      const size_t end = std::min(r.source.end, run_end);
      const TextRange source = source_of({at, end});
      out.source_ = source.begin;
      if (runs_[run].byte_for_byte)
        out.keep(end - at);
      else
        out.put(end - at, source);
      at = end;
    }
  }
  return out;
}

TextRange Origin::range_of(std::string_view part) const {
  const auto begin = static_cast<size_t>(part.data() - text.data());
  TextRange range{begin, begin + part.size()};
  for (const Origin* o = this; o->below != nullptr; o = o->below) {
    if (o->map != nullptr) range = o->map->source_of(range);
    range = {range.begin + o->place, range.end + o->place};
  }
  return range;
}

}  // namespace fullshard::tokenize
