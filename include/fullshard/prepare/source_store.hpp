#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "fullshard/chat/chat_template.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/core/progress_board.hpp"
#include "fullshard/data/token_store.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "fullshard/prepare/registry.hpp"
#include "fullshard/prepare/sample_maker.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::prepare {

/// How far the making of a store is, for a person.
struct MakingProgress {
  std::string source;
  int64_t bytes_done = 0, bytes = 0;  ///< of the source's files
  double seconds = 0;
};

/// "gsm8k: 12 of 40 MB, 35.1 MB/s, ETA 1 s"
std::string progress_text(const MakingProgress& progress);

struct StoreOptions {
  std::filesystem::path directory;  ///< of the stores; made where it is missing
  SampleRules rules;
  /// A bad sample is counted and dropped; otherwise it is an error.
  bool drop_bad_samples = false;
  int threads = 1;      ///< per rank; the fewest of any rank count
  PieceOptions pieces;  ///< of the files; whose they are is decided here
  /// Over the tokenizer's files; samples depend on it.
  Digest tokenizer_digest;
  const tokenize::Tokenizer* tokenizer = nullptr;     ///< null: there is none
  const chat::ChatTemplate* chat_template = nullptr;  ///< null: there is none
  ProgressBoard* board = nullptr;                     ///< touched while work goes on; may be null
  /// Called on rank 0 as a source proceeds.
  std::function<void(const MakingProgress&)> progress = [](const MakingProgress&) {};
};

/// The token store of a source: the one that is there, if all of it is what was written, or a new one.
///
/// Collective  over `world`
/// Throws      DataError naming file and line, IoError, ConfigError; Error(Refused) where ranks have found
///             different files, or read them in different ways; the same on all ranks
data::TokenStore source_store(const SourceFiles& source, const StoreOptions& options,
                              const mpi::Communicator& world);

}  // namespace fullshard::prepare
