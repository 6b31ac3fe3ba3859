#include "fullshard/data/near_duplicates.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "fullshard/data/token_word.hpp"

namespace fullshard::data {

namespace {

constexpr size_t kRun = 5, kValues = 16, kBands = 8, kPerBand = kValues / kBands;
constexpr uint32_t kEmpty = UINT32_MAX;
using Signature = std::array<uint32_t, kValues>;

constexpr uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ULL;
  return x ^ (x >> 32);
}

/// Hashes of all runs of kRun ids, each once, in order; a shorter sample is one run.
std::vector<uint64_t> runs_of(const std::vector<int32_t>& words) {
  std::vector<uint64_t> runs;
  const size_t length = std::min(kRun, words.size());
  for (size_t at = 0; at + length <= words.size(); ++at) {
    uint64_t h = mixed(length + 1);
    for (size_t k = 0; k < length; ++k) h = mixed(h + 1 + static_cast<uint32_t>(id_of(words[at + k])));
    runs.push_back(h);
  }
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  return runs;
}

/// The least value of each of kValues classes of runs; a class without any takes another's, chosen by its
/// number alone.
Signature signature_of(const std::vector<uint64_t>& runs) {
  Signature s;
  s.fill(kEmpty);
  for (const uint64_t h : runs) {
    uint32_t& least = s[h % kValues];
    least = std::min(least, static_cast<uint32_t>(h >> 33));
  }
  const Signature found = s;
  if (std::all_of(found.begin(), found.end(), [](uint32_t v) { return v == kEmpty; })) return s;
  for (size_t i = 0; i < kValues; ++i)
    for (uint64_t attempt = 1; s[i] == kEmpty; ++attempt) s[i] = found[mixed(i << 32 | attempt) % kValues];
  return s;
}

double jaccard(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t common = 0;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    common += a[i] == b[k];
    const bool first = a[i] <= b[k], second = b[k] <= a[i];
    i += first, k += second;
  }
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

}  // namespace

NearDuplicates near_duplicates(int64_t size, const std::function<std::vector<int32_t>(int64_t)>& read,
                               const NearDuplicateOptions& options) {
  NearDuplicates out{.looked_at = std::min(size, options.samples), .pairs = {}};
  std::vector<Signature> signatures;
  for (int64_t i = 0; i < out.looked_at; ++i) signatures.push_back(signature_of(runs_of(read(i))));

  std::vector<uint8_t> taken(signatures.size(), 0);
  std::vector<std::pair<uint64_t, int64_t>> bucketed(signatures.size());
  for (size_t band = 0; band < kBands; ++band) {
    for (size_t i = 0; i < signatures.size(); ++i) {
      uint64_t h = band;
      for (size_t k = 0; k < kPerBand; ++k) h = mixed(h ^ signatures[i][band * kPerBand + k]);
      bucketed[i] = {h, static_cast<int64_t>(i)};
    }
    std::sort(bucketed.begin(), bucketed.end());
    for (size_t begin = 0, at = 1; at < bucketed.size(); ++at) {
      if (bucketed[at].first != bucketed[begin].first) begin = at;
      const int64_t first = bucketed[begin].second, second = bucketed[at].second;
      if (begin == at || taken[static_cast<size_t>(second)]) continue;
      const auto a = read(first), b = read(second);
      if (a == b) continue;
      const double similarity = jaccard(runs_of(a), runs_of(b));
      if (similarity < options.similarity) continue;
      taken[static_cast<size_t>(second)] = 1;
      out.pairs.push_back({first, second, similarity});
    }
  }
  std::sort(out.pairs.begin(), out.pairs.end(),
            [](const SimilarPair& a, const SimilarPair& b) { return a.second < b.second; });
  return out;
}

}  // namespace fullshard::data
