#include "cli/inspect_data.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "cli/threads.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/config/model_config.hpp"
#include "fullshard/prepare/prepared.hpp"
#include "fullshard/prepare/store_report.hpp"

namespace fullshard::cli {
namespace {

using Tokenizer = std::optional<tokenize::Tokenizer>;

Tokenizer tokenizer_of(const std::filesystem::path& model) {
  if (model.empty() || !std::filesystem::exists(model / "tokenizer.json")) return std::nullopt;
  return tokenize::Tokenizer::load(model);
}

void show(const data::TokenStore& store, const std::string& name, const Tokenizer& tokenizer,
          const InspectData& what) {
  if (what.jsonl) return prepare::write_samples(store, name, std::cout);
  const bool color = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::cout << prepare::store_report(store, name, tokenizer ? &*tokenizer : nullptr,
                                     {.examples = what.examples, .color = color});
}

ExitCode inspect_run(const mpi::Communicator& world, const InspectData& what) {
  const config::RunConfig run = config::load_run_config(what.path, what.overrides).config;
  const auto model = config::load_model_config(run.model_name_or_path / "config.json");
  const prepare::Prepared prepared =
      prepare::prepare(run, prepare::Parts::TrainAndValidation,
                       {.vocab_size = model.vocab_size, .threads = own_share_of_cores(world)}, world);
  const Tokenizer tokenizer = tokenizer_of(run.model_name_or_path);
  for (const auto* part : {&prepared.train, &prepared.validation})
    for (const prepare::PreparedSource& source : *part) show(source.store, source.name, tokenizer, what);
  return ExitCode::Done;
}

}  // namespace

bool is_data(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) && path.extension() != ".safetensors";
}

ExitCode inspect_data(const Invocation& invocation, const InspectData& what) {
  std::ios::sync_with_stdio(false);
  ExitCode code = ExitCode::Done;
  if (what.path.extension() == ".tokens") {
    show(data::TokenStore::open(what.path), what.path.stem().string(), tokenizer_of(what.model), what);
  } else {
    code = with_mpi(invocation, [&](const mpi::Communicator& world) { return inspect_run(world, what); });
  }
  std::cout.flush();
  return code;
}

}  // namespace fullshard::cli
