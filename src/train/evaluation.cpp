#include "fullshard/train/evaluation.hpp"

#include <fmt/format.h>

#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/convert/import.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/train/data_plan.hpp"
#include "fullshard/train/snapshot.hpp"

namespace fullshard::train {

namespace {

bool is_checkpoint(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::exists(directory / checkpoint::kManifestName, ignored);
}

Inputs checked_inputs(const config::RunConfig& run, const mpi::Communicator& world) {
  if (run.init == config::Init::Random)
    throw ConfigError("init",
                      "init: a random model is not worth evaluating; name trained weights with --model "
                      "(output_dir of the finished run, or one of its checkpoints)");
  return load_inputs(run, prepare::Parts::ValidationOnly, {}, world);
}

void load(const config::RunConfig& run, const mpi::Communicator& world, Engine& engine) {
  const std::filesystem::path& source = run.model_name_or_path;
  if (is_checkpoint(source)) {
    const auto reader = mpi::together(world, [&] {
      return checkpoint::CheckpointReader::open(source, {.patience = std::chrono::seconds(60)});
    });
    reader.verify(world);
    mpi::together(world, [&] { load_weights(reader, engine.store); });
  } else {
    const auto directory = mpi::together(world, [&] { return convert::open_model(source, engine.spec); });
    mpi::on_rank_zero(world, [&] { convert::check_model(directory, engine.spec); });
    mpi::together(world, [&] { convert::import_model(directory, engine.store); });
  }
}

}  // namespace

Evaluation::Evaluation(const config::RunConfig& run, const mpi::Communicator& world)
    : run_(run),
      world_(world),
      inputs_(checked_inputs(run, world)),
      engine_(inputs_.model, run, world, shard::Purpose::Evaluate) {
  load(run, world, engine_);
}

std::string Evaluation::description() const {
  return fmt::format(
      "model  {} ({}, {} parameters, {}{})\n"
      "data   {} samples for validation, {} tokens trained\n"
      "mesh   {}, {}\n",
      run_.model_name_or_path.string(), config::name_of(inputs_.model.family),
      with_thousands(engine_.spec.num_parameters()), name_of(engine_.store.compute_dtype()),
      is_checkpoint(run_.model_name_or_path) ? ", a checkpoint" : "",
      with_thousands(inputs_.validated.samples), with_thousands(inputs_.validated.trained),
      engine_.mesh.text(), engine_.store.strategy().name);
}

EvalResult Evaluation::run() {
  return evaluate(engine_, validation_of(inputs_), {run_.per_device_eval_batch_size}, world_);
}

}  // namespace fullshard::train
