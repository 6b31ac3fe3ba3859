// What the trainer tells people: the header of a run, a record of each step, the summary.

#include <fmt/format.h>

#include "fullshard/config/schedule_names.hpp"
#include "fullshard/device/gpus.hpp"
#include "fullshard/train/data_plan.hpp"
#include "fullshard/train/lr_schedule.hpp"
#include "fullshard/train/memory_plan.hpp"
#include "fullshard/train/traffic.hpp"
#include "fullshard/train/trainer.hpp"

namespace fullshard::train {

namespace {

std::string strategy_text(const ShardingChoice& choice, const config::Sharding& sharding) {
  const shard::Strategy& s = choice.strategy;
  return fmt::format("{} (parameters {}, gradients {}, optimizer {}){}{}", s.name, name_of(s.params),
                     name_of(s.gradients), name_of(s.optimizer),
                     sharding.reduction == config::Reduction::Ordered ? ", ordered sums" : "",
                     choice.why.empty() ? "" : "; auto: " + choice.why);
}

}  // namespace

report::RunHeader Trainer::header() const {
  data::Ledger read;  // the validation samples, too
  int64_t samples = 0;
  for (const InputSource& source : inputs_.train) {
    read += source.ledger;
    samples += source.samples.size();
  }
  report::RunHeader h;
  h.program_version = surroundings_.program_version;
  h.model_name = run_.model_name_or_path.filename().string();
  h.family = config::name_of(inputs_.model.family);
  h.parameters = engine_.spec.num_parameters();
  h.precision = run_.precision == config::Precision::Bf16   ? "bf16, fp32 master"
                : run_.precision == config::Precision::Fp32 ? "fp32"
                                                            : "fp64";
  h.strategy = strategy_text(engine_.sharding, run_.sharding);
  h.communication = communication_header();
  h.mesh = engine_.mesh.text();
  if (!engine_.device.is_host())
    h.device = fmt::format("{}, {}", device::name_of(engine_.device),
                           human(device::memory_of(engine_.device).total));
  h.ranks = world_.size();
  h.threads_per_rank = at::get_num_threads();
  h.memory_per_rank = memory_plan(
      engine_, run_,
      {run_.per_device_train_batch_size, longest_row(run_, sources_of(inputs_)), plan_.num_micro_batches(0)});
  // What val_size holds out is in the sources' ledgers.
  const data::Tally held_out = run_.eval_dataset.empty() ? inputs_.validated : data::Tally{};
  const int64_t tokens = read.tokens - held_out.tokens, trained = read.trained - held_out.trained;
  h.data = {fmt::format("{} samples from {} documents, {} tokens: {} trained, {} masked", samples,
                        read.documents, tokens, trained, tokens - trained)};
  if (read.dropped_documents() > 0)
    h.data.push_back(
        fmt::format("{} documents were dropped: fullshard prepare says why", read.dropped_documents()));
  if (read.truncated_samples > 0)
    h.data.push_back(fmt::format("{} samples were cut to cutoff_len {}, {} tokens lost",
                                 read.truncated_samples, run_.cutoff_len, read.truncated_tokens));
  const auto& sources = plan_.mixture().sources();
  const bool whole = std::all_of(sources.begin(), sources.end(),
                                 [](const data::Mixture::Source& s) { return s.per_epoch == s.size; });
  if (sources.size() > 1 || !whole) h.data.push_back("an epoch takes " + mixture_text(plan_.mixture()));
  if (!inputs_.validation.empty())
    h.data.push_back(fmt::format("{} samples for validation, {} tokens trained", inputs_.validated.samples,
                                 inputs_.validated.trained));
  h.total_steps = total_steps_;
  h.epochs = plan_.epochs_of_steps(total_steps_);
  h.batch = fmt::format("{} rows per update in micro-batches of {}", progress_.identity.global_batch,
                        run_.per_device_train_batch_size);
  h.schedule = fmt::format("{}, peak {}, {} warm-up steps", name_of(run_.lr_scheduler_type),
                           run_.learning_rate, warmup_steps(run_, total_steps_));
  h.output_dir = run_.output_dir;
  if (output_.checkpoint || output_.finished) h.resumed_from_step = progress_.step;
  for (const auto& [key, value] : config::resolved_values(run_)) h.configuration.push_back({key, value});
  return h;
}

// Half a unit in the last place of the exported type is more than many updates; a bf16 run computes without
// them, too.
std::string Trainer::export_note() const {
  const DType exported = run_.model_export.dtype.value_or(inputs_.model.dtype);
  if (run_.precision == config::Precision::Bf16 || (exported != DType::BF16 && exported != DType::F16))
    return "";
  return fmt::format(
      "NOTE: the export will be {}, which rounds small updates away: its loss will differ from this run's; "
      "export.dtype: float32 keeps them",
      name_of(exported));
}

report::StepRecord Trainer::record(const StepOutcome& o) const {
  return {.step = step(),
          .total_steps = total_steps_,
          .epoch = epoch(),
          .loss = loss_since_log_ / static_cast<double>(steps_since_log_),
          .lr = o.learning_rate,
          .grad_norm = o.grad_norm,
          .tokens_per_second = static_cast<double>(tokens_since_log_) / since_log_.seconds(),
          .mfu = {},
          .peak_host_memory = {},
          .elapsed_seconds = elapsed(),
          .remaining_seconds = remaining(),
          .trained_tokens = progress_.trained_tokens};
}

double Trainer::remaining() const {
  const int64_t done = step() - first_step_;
  return done == 0
             ? 0
             : clock_.seconds() / static_cast<double>(done) * static_cast<double>(total_steps_ - step());
}

std::vector<std::string> Trainer::communication_header() const {
  const mesh::Mesh& m = engine_.mesh;
  if (m.world_size() == 1) return {};
  std::vector<std::string> lines;
  const bool host = engine_.device.is_host();
  if (m.local_size() > 1)
    lines.push_back(
        fmt::format("local: {} ranks of a node, {}", m.local_size(), host ? "shared memory" : "NCCL"));
  if (m.nodes() > 1) {
    lines.push_back(fmt::format("node: {} ranks of as many nodes, {}, beside the computation", m.nodes(),
                                host ? "MPI" : "NCCL"));
    const Bytes sent = sent_between_nodes({.spec = engine_.spec,
                                           .mesh = m,
                                           .run = run_,
                                           .strategy = engine_.sharding.strategy,
                                           .micro_batches = plan_.num_micro_batches(0),
                                           .device = engine_.device});
    lines.push_back(fmt::format("{} between nodes per node and step", human(sent)));
  }
  return lines;
}

std::optional<report::Communication> Trainer::communication() {
  if (world_.size() == 1) return {};
  const comm::Journal::Totals& mine = engine_.axes.journal().totals();
  const bool first_node = engine_.here().node == NodeIndex(0);
  const int64_t sent = world_.sum(first_node ? mine.sent_between_nodes.value : int64_t{0});
  return report::Communication{world_.max(mine.seconds),
                               world_.max(mine.exposed),
                               {sent / std::max<int64_t>(1, step() - first_step_)}};
}

// Collective.
std::optional<report::DataWait> Trainer::data_wait() {
  if (!feed_) return {};
  return report::DataWait{world_.max(feed_->seconds_waited() - waited_at_start_), clock_.seconds()};
}

// Collective, for the times of the slowest rank.
report::RunSummary Trainer::summary(std::string outcome) {
  const double seconds = clock_.seconds();
  return {.outcome = std::move(outcome),
          .steps = step(),
          .epochs = epoch(),
          .train_loss = progress_.loss_sum / static_cast<double>(std::max<int64_t>(1, step())),
          .runtime_seconds = elapsed(),
          .samples = progress_.samples,
          .trained_tokens = progress_.trained_tokens,
          .tokens_per_second = static_cast<double>(tokens_this_session_) / seconds,
          .mfu = {},
          .peak_host_memory = peak_resident(),
          .communication = communication(),
          .data_wait = data_wait(),
          .last_eval = last_eval_,
          .best_eval = best_eval_,
          .model_dir = step() >= total_steps_ ? run_.output_dir : std::filesystem::path(),
          .checkpoint_digest = checkpoint_digest_,
          .model_digest = model_digest_};
}

}  // namespace fullshard::train
