#include "fullshard/train/trainer.hpp"

#include <fcntl.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "fullshard/convert/import.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/optim/adamw.hpp"
#include "fullshard/optim/grad_norm.hpp"
#include "fullshard/report/trainer_log.hpp"
#include "fullshard/train/batches.hpp"
#include "support/together.hpp"

namespace fullshard {

using test::judge_all_ranks;
using test::SharedTempDir;
using test::world;

namespace {

constexpr const char* kModel = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "vocab_size": 31, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
  "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
  "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu", "bos_token_id": 1,
  "eos_token_id": 2, "initializer_range": 0.3, "torch_dtype": "float32"})";

// Rows of unlike length; 3, 1 and 7 targets are trained.
constexpr const char* kRows =
    R"({"input_ids": [3, 4, 5, 6, 7], "labels": [-100, -100, 5, 6, 7]}
{"input_ids": [8, 9], "labels": [-100, 9]}
{"input_ids": [10, 11, 12, 13, 14, 15, 16, 17], "labels": [10, 11, 12, 13, 14, 15, 16, 17]}
)";
constexpr int64_t kNumRows = 3;
constexpr double kTrained = 11;

/// A run of `steps` steps that each take all rows, one per micro-batch: in fp64, clipped, with an epsilon
/// that lets the size of a gradient show in the update.
config::RunConfig write_run(const std::filesystem::path& dir, int64_t steps) {
  test::on_rank_zero_only([&] {
    std::filesystem::create_directory(dir / "model");
    write_file_atomically(dir / "model" / "config.json", kModel);
    write_file_atomically(dir / "rows.jsonl", kRows);
    write_file_atomically(dir / "run.json", R"({"model_name_or_path": "model", "init": "random",
      "dataset": "rows.jsonl", "output_dir": "out", "disable_shuffling": true, "precision": "fp64",
      "per_device_train_batch_size": 1, "global_batch_size": 3, "logging_steps": 1, "save_strategy": "no",
      "learning_rate": 0.01, "lr_scheduler_type": "constant", "adam_epsilon": 0.1, "max_grad_norm": 0.5})");
  });
  return config::load_run_config(dir / "run.json", {"max_steps=" + std::to_string(steps)}).config;
}

struct Step {
  double loss, grad_norm;
};

std::vector<Step> trained(const config::RunConfig& run) {
  const FileDescriptor nowhere = open_file("/dev/null", O_WRONLY);
  report::Console console(nowhere.get(), report::Color::Never, report::Screen::No);
  train::WatchedRun watch(world(), run.watchdog_seconds);
  const train::Surroundings surroundings{
      .program_version = "test", .lock = {}, .console = console, .watch = watch};
  train::Trainer(run, watch.world(), surroundings).run();
  world().barrier();
  std::vector<Step> steps;
  for (const auto& record : report::read_trainer_log(run.output_dir / "trainer_log.jsonl").steps)
    steps.push_back({record.loss, record.grad_norm});
  return steps;
}

/// The same steps by each rank alone, written down from the definitions: sums over all rows, divided by the
/// number of trained targets.
std::vector<Step> by_hand(const config::RunConfig& run, int64_t steps) {
  const mpi::Communicator alone = world().split(world().rank(), 0);
  const train::Inputs inputs = train::load_inputs(run, prepare::Parts::TrainAndValidation, {}, alone);
  train::Engine engine(inputs.model, run, alone, shard::Purpose::Train);
  convert::initialise_randomly(run.seed, engine.store);
  std::vector<Step> out;
  for (int64_t number = 1; number <= steps; ++number) {
    double loss = 0;
    for (int64_t row = 0; row < kNumRows; ++row) {
      data::MicroBatch batch;
      std::vector<int32_t> words;
      inputs.train[0].samples.read(row, words);
      batch.append(words);
      loss += engine.loop.micro_step(train::view(batch), {engine.gradients.deal(kNumRows), row});
    }
    const double norm = optim::grad_norm(engine.store, alone) / kTrained;
    out.push_back({loss / kTrained, norm});
    const double clip = std::min(1.0, run.max_grad_norm / (norm + 1e-6));
    optim::adamw_update(
        engine.store, {.eps = run.adam_epsilon},
        {.number = number, .learning_rate = run.learning_rate, .gradient_factor = clip / kTrained});
  }
  return out;
}

// The longest sum is the norm's, of 4,400 positive terms: in any two orders it differs by at most
// 2 × 4,400 × 1.1e-16.
bool close(double a, double b) {
  const bool fine = std::abs(a - b) <= 1e-12 * std::abs(b);
  if (!fine) ADD_FAILURE() << a << " and " << b;
  return fine;
}

}  // namespace

TEST(Trainer, loss_and_norm_are_means_over_the_trained_tokens_of_all_ranks) {
  SharedTempDir dir;
  const config::RunConfig run = write_run(dir.path(), 1);

  const std::vector<Step> found = trained(run), expected = by_hand(run, 1);

  judge_all_ranks([&] {
    return found.size() == 1 && close(found[0].loss, expected[0].loss) &&
           close(found[0].grad_norm, expected[0].grad_norm);
  });
}

TEST(Trainer, an_update_takes_the_clipped_mean_gradient) {
  SharedTempDir dir;
  const config::RunConfig run = write_run(dir.path(), 3);

  const std::vector<Step> found = trained(run), expected = by_hand(run, 3);

  judge_all_ranks([&] {
    return found.size() == 3 && expected[0].grad_norm > run.max_grad_norm &&
           close(found[1].loss, expected[1].loss) && close(found[2].loss, expected[2].loss) &&
           close(found[2].grad_norm, expected[2].grad_norm);
  });
}

}  // namespace fullshard
