#pragma once

#include <filesystem>
#include <string>

#include "fullshard/data/token_store_writer.hpp"
#include "fullshard/prepare/source_store.hpp"

namespace fullshard::prepare {

/// What a rank has written of a source's store, and where all of it ends.
struct WrittenSamples {
  data::TokenStoreWriter& writer;
  data::RunPlace end;
  const data::Ledger& ledger;  ///< of this rank
};

/// Makes a store of the samples that all ranks have written: index, ledger, header, name.
class StoreSealer {
 public:
  StoreSealer(const SourceFiles& source, const StoreOptions& options, const mpi::Communicator& world,
              const WrittenSamples& written);

  /// Collective; once. The store is `path` when all of it is on the disk. Throws DataError where there is no
  /// sample.
  void seal(const Digest& key, const std::filesystem::path& path);

 private:
  [[noreturn]] void refuse_empty() const;
  void refuse_untrained() const;
  data::Ledger sum_of_ledgers() const;
  data::Ledger ledger() const;
  int64_t duplicates() const;
  std::string about() const;

  const SourceFiles& source_;
  const StoreOptions& options_;
  const mpi::Communicator& world_;
  WrittenSamples written_;
  int64_t num_samples_, num_tokens_;
};

}  // namespace fullshard::prepare
