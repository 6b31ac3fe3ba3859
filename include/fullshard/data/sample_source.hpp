#pragma once

#include <cstdint>
#include <vector>

namespace fullshard::data {

/// Samples that can be asked for by number. Every function may be called from several threads at once.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual int64_t size() const = 0;
  /// In tokens.
  virtual int64_t length(int64_t index) const = 0;
  /// Of the tokens and of which are trained.
  virtual uint64_t digest(int64_t index) const = 0;
  /// Appends the sample's words (token_word.hpp). Throws IoError, DataError.
  virtual void read(int64_t index, std::vector<int32_t>& words) const = 0;
};

/// One sample of several sources.
struct SampleId {
  int32_t source = 0;
  int64_t index = 0;
  bool operator==(const SampleId&) const = default;
  auto operator<=>(const SampleId&) const = default;
};

}  // namespace fullshard::data
