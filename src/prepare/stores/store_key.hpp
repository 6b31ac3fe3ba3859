#pragma once

#include <string>

#include "fullshard/prepare/source_store.hpp"
#include "prepare/reading/file_states.hpp"

namespace fullshard::prepare {

/// All that the content of a source's store depends on besides its bytes, as JSON.
std::string key_text(const SourceFiles& source, const StoreOptions& options);

/// Collective over `world`: every rank reads its share of the files.
Digest store_key(const SourceFiles& source, const FileStates& states, const StoreOptions& options,
                 const mpi::Communicator& world);

}  // namespace fullshard::prepare
