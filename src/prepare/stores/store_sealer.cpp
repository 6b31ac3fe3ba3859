#include "prepare/stores/store_sealer.hpp"

#include <fmt/format.h>

#include <span>

#include "fullshard/core/check.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/sizes.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/mpi/gather.hpp"
#include "fullshard/prepare/ledger_text.hpp"
#include "prepare/stores/store_key.hpp"

namespace fullshard::prepare {

StoreSealer::StoreSealer(const SourceFiles& source, const StoreOptions& options,
                         const mpi::Communicator& world, const WrittenSamples& written)
    : source_(source),
      options_(options),
      world_(world),
      written_(written),
      num_samples_(written.end.sample),
      num_tokens_(written.end.token) {}

void StoreSealer::seal(const Digest& key, const std::filesystem::path& path) {
  if (options_.rules.join_documents) {
    const int64_t cut = options_.rules.cutoff_len;
    if (num_tokens_ % cut == 1) --num_tokens_;
    num_samples_ = ceil_div(num_tokens_, cut);
    const std::span<const data::SampleFragment> mine(written_.writer.fragments());
    written_.writer.complete(mpi::gather_flat(world_, mine), num_tokens_);
    refuse_untrained();
  }
  if (num_samples_ == 0) refuse_empty();
  std::vector<Digest> index = {
      mpi::together(world_, [&] { return written_.writer.write_index(num_samples_, num_tokens_); })};
  world_.sum(std::span(index));
  const data::StoreHeader header{.key = key,
                                 .num_samples = num_samples_,
                                 .num_tokens = num_tokens_,
                                 .ledger = ledger(),
                                 .about = about()};
  mpi::on_rank_zero(world_, [&] { written_.writer.seal(header, index[0], path); });
}

// All ranks' digests at once would take more memory than all the rest.
int64_t StoreSealer::duplicates() const {
  constexpr int64_t kAtOnce = 4 << 20;
  const auto parts = static_cast<uint64_t>(1 + num_samples_ / kAtOnce);
  int64_t found = 0;
  for (uint64_t part = 0; part < parts; ++part) {
    const std::vector<uint64_t> mine = written_.writer.digests(part, parts);
    found += data::count_duplicates(mpi::gather_flat(world_, std::span<const uint64_t>(mine)));
  }
  return found;
}

data::Ledger StoreSealer::sum_of_ledgers() const {
  auto counts = data::counts_of(written_.ledger);
  world_.sum(std::span(counts));
  return data::ledger_of(counts);
}

void StoreSealer::refuse_empty() const {
  const data::Ledger all = sum_of_ledgers();
  const std::string reasons = drop_reasons(all);
  throw DataError(source_.files.back(), 0,
                  all.documents == 0 ? "no row is in it; expected at least one"
                  : reasons.empty()
                      ? "no sample came out of it; expected at least two tokens"
                      : fmt::format("no sample came out of {} documents, dropped: {}; error in place of drop "
                                    "in the run file says what is wrong with the first",
                                    with_thousands(all.documents), reasons));
}

void StoreSealer::refuse_untrained() const {
  if (const int64_t untrained = world_.sum(written_.writer.untrained()); untrained > 0)
    throw DataError(
        source_.files.front(), 0,
        fmt::format("{} of the {} sequences of cutoff_len {} that its rows make have labels of "
                    "-100 alone; raise cutoff_len, or write neat_packing: true, which cuts each "
                    "row by itself and leaves out what trains nothing",
                    with_thousands(untrained), with_thousands(num_samples_), options_.rules.cutoff_len));
}

data::Ledger StoreSealer::ledger() const {
  data::Ledger all = sum_of_ledgers();
  if (options_.rules.join_documents) {
    all.samples = num_samples_;
    all.tokens = num_tokens_;
    all.trained = world_.sum(written_.writer.trained());
    all.masked = num_tokens_ - all.trained;
    // A last sample of one token predicts nothing; rows are not cut before they are joined.
    all.truncated_samples = all.truncated_tokens = written_.end.token - num_tokens_;
  }
  all.duplicates = duplicates();
  FS_CHECK(all.balances() && all.samples == num_samples_ && all.tokens == num_tokens_,
           "{}: the ledger does not balance: {} documents, {} used, {} dropped; {} of {} samples",
           source_.name, all.documents, all.used, all.dropped_documents(), all.samples, num_samples_);
  return all;
}

std::string StoreSealer::about() const {
  JsonWriter w;
  w.begin_object().key("source").value(source_.name).key("files").begin_array();
  for (const auto& file : source_.files) w.value(file.string());
  w.end_array().key("made_with").raw(key_text(source_, options_)).end_object();
  return w.str();
}

}  // namespace fullshard::prepare
