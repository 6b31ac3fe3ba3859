#include "fullshard/data/books.hpp"

#include <algorithm>

#include "fullshard/core/check.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

namespace {

uint64_t joined(uint32_t low, uint32_t high) {
  return uint64_t{high} << 32 | low;
}

void book(Books& books, Sources sources, SampleId s) {
  const SampleSource& source = *sources[static_cast<size_t>(s.source)];
  books[static_cast<size_t>(s.source)].add(source.digest(s.index), source.length(s.index), 0);
}

}  // namespace

void Tally::add(uint64_t digest, int64_t its_tokens, int64_t its_trained) {
  const auto bits =
      philox4x32({static_cast<uint32_t>(digest), static_cast<uint32_t>(digest >> 32), 0, 0}, {0, 0});
  *this += {1, its_tokens, its_trained, {joined(bits[0], bits[1]), joined(bits[2], bits[3])}};
}

Tally& Tally::operator+=(const Tally& o) {
  samples += o.samples;
  tokens += o.tokens;
  trained += o.trained;
  hash += o.hash;
  return *this;
}

void add(Books& books, const Books& others) {
  FS_CHECK(books.size() == others.size(), "books of {} and of {} sources", books.size(), others.size());
  for (size_t s = 0; s < books.size(); ++s) books[s] += others[s];
}

Tally total(const Books& books) {
  Tally sum;
  for (const Tally& t : books) sum += t;
  return sum;
}

Books planned(const Mixture& mixture, int64_t epoch, Sources sources, Part part) {
  Books books(sources.size());
  for (int64_t i = part.number; i < mixture.size(); i += part.parts)
    book(books, sources, mixture.at(epoch, i));
  return books;
}

Books planned(const EpochPlan& epoch, int64_t steps, Sources sources, Part part) {
  Books books(sources.size());
  for (int64_t step = part.number; step < steps; step += part.parts)
    for (const EpochPlan::Samples& samples : epoch.micro_batches(step))
      for (const SampleId s : samples) book(books, sources, s);
  return books;
}

bool balanced(const Books& books, const Books& planned) {
  const auto same = [](const Tally& a, const Tally& b) {
    return a.samples == b.samples && a.tokens == b.tokens && a.hash == b.hash;
  };
  return std::equal(books.begin(), books.end(), planned.begin(), planned.end(), same);
}

}  // namespace fullshard::data
