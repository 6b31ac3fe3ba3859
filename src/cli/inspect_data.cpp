#include "cli/inspect_data.hpp"

#include <iostream>
#include <optional>
#include <utility>

#include "cli/errors.hpp"
#include "cli/launcher_output.hpp"
#include "cli/run_file.hpp"
#include "cli/threads.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/config/model_config.hpp"
#include "fullshard/mpi/agree.hpp"
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
  std::cout << prepare::store_report(store, name, tokenizer ? &*tokenizer : nullptr,
                                     {.examples = what.examples, .color = stdout_is_colored()});
}

ExitCode inspect_run(const mpi::Communicator& world, const InspectData& what) {
  const config::RunConfig run = RunFile{what.path, what.overrides}.load(world);
  const auto model =
      mpi::together(world, [&] { return config::load_model_config(run.model_name_or_path / "config.json"); });
  const prepare::Prepared prepared =
      prepare::prepare(run, prepare::Parts::TrainAndValidation,
                       {.vocab_size = model.vocab_size, .threads = own_share_of_cores(world)}, world);
  mpi::on_rank_zero(world, [&] {
    const Tokenizer tokenizer = tokenizer_of(run.model_name_or_path);
    const char* between = "";
    const auto show_part = [&](const std::vector<prepare::PreparedSource>& part, const char* remark) {
      for (const prepare::PreparedSource& source : part) {
        if (!what.jsonl) std::cout << std::exchange(between, "\n");
        show(source.store, source.name + remark, tokenizer, what);
      }
    };
    show_part(prepared.train, "");
    show_part(prepared.validation, " (validation)");
  });
  return ExitCode::Done;
}

void inspect_store(const InspectData& what) {
  if (!is_done_here("inspect")) return;
  const Tokenizer tokenizer = tokenizer_of(what.model);
  if (!what.model.empty() && !tokenizer)
    throw ModelError(what.model, "expected a model directory with tokenizer.json, found none");
  show(data::TokenStore::open(what.path), what.path.stem().string(), tokenizer, what);
}

}  // namespace

DataFile data_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path) || path.extension() == ".safetensors") return DataFile::None;
  const bool store = path.extension() == ".tokens" || data::begins_as_token_store(path);
  return store ? DataFile::TokenStore : DataFile::RunFile;
}

ExitCode inspect_data(const Invocation& invocation, const InspectData& what) {
  std::ios::sync_with_stdio(false);
  if (data_file(what.path) == DataFile::RunFile)
    return with_mpi(invocation, [&](const mpi::Communicator& world) { return inspect_run(world, what); });
  inspect_store(what);
  return ExitCode::Done;
}

}  // namespace fullshard::cli
