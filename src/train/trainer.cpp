#include "fullshard/train/trainer.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "fullshard/checkpoint/catalog.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/convert/auxiliary_files.hpp"
#include "fullshard/convert/consolidate.hpp"
#include "fullshard/convert/import.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/mpi/exact_sum.hpp"
#include "fullshard/optim/adamw.hpp"
#include "fullshard/optim/grad_norm.hpp"
#include "fullshard/train/batches.hpp"
#include "fullshard/train/data_plan.hpp"
#include "fullshard/train/lr_schedule.hpp"
#include "fullshard/train/memory_plan.hpp"
#include "fullshard/train/snapshot.hpp"

namespace fullshard::train {

namespace {

constexpr int64_t kTracedSteps = 3, kStepsBetweenChecks = 50;

RunIdentity identity_of(const config::RunConfig& run, const Inputs& inputs, const data::RunPlan& plan) {
  return {.model = model_hash(model::ModelSpec(inputs.model)),
          .data = fingerprint(inputs),
          .seed = static_cast<int64_t>(run.data_seed.value_or(run.seed)),
          .global_batch = plan.batching().global_batch,
          .micro_batch = run.per_device_train_batch_size,
          .cutoff_len = run.cutoff_len,
          .order = run.disable_shuffling ? "files" : "shuffled",
          .rows = rows_text(run),
          .mixture = mixture_text(plan.mixture())};
}

InputOptions input_options(const Surroundings& surroundings) {
  return {.board = &surroundings.watch.board(),
          .progress = [console = &surroundings.console,
                       said = Stopwatch()](const prepare::MakingProgress& p) mutable {
            if (said.seconds() < 5) return;
            said.restart();
            console->line(prepare::progress_text(p));
          }};
}

OutputDirectory open_output(const mpi::Communicator& world, const config::RunConfig& run,
                            const Inputs& inputs, data::RunPlan& plan, const checkpoint::LockRequest& lock) {
  const RunAtHand mine{.identity = mpi::together(world, [&] { return identity_of(run, inputs, plan); }),
                       .total_steps =
                           [&](const RunIdentity& identity) {
                             plan.set_global_batch(identity.global_batch);
                             return total_steps_of(run, plan);
                           },
                       .check_source =
                           [&] {
                             if (run.init == config::Init::Random) return;
                             const model::ModelSpec spec(inputs.model);
                             convert::check_model(convert::open_model(run.model_name_or_path, spec), spec);
                           }};
  OutputDirectory out = open_output_directory(world, run, mine, lock);
  plan.set_global_batch(out.progress.identity.global_batch);
  if (out.progress.books.empty()) out.progress.books.resize(plan.mixture().sources().size());
  return out;
}

}  // namespace

Trainer::Trainer(const config::RunConfig& run, const mpi::Communicator& world,
                 const Surroundings& surroundings)
    : run_(run),
      world_(world),
      surroundings_(surroundings),
      inputs_(load_inputs(run, prepare::Parts::TrainAndValidation, input_options(surroundings), world)),
      plan_(mpi::together(world,
                          [&] { return plan_of(run, inputs_, config::global_batch(run, world.size())); })),
      output_(open_output(world, run, inputs_, plan_, surroundings.lock)),
      progress_(output_.progress),
      books_(world, progress_.books),
      total_steps_(total_steps_of(run, plan_)),
      first_step_(progress_.step),
      proof_(surroundings.prove ? std::optional(prove(run, inputs_, world)) : std::nullopt),
      engine_(inputs_.model, run, world, shard::Purpose::Train),
      schedule_(mpi::together(world, [&] { return make_schedule(run, total_steps_); })) {
  watched().log_into(run.output_dir);
  engine_.loop.report_to(&watched().board());
  std::vector<std::string> units;
  for (const model::UnitSpec& unit : engine_.spec.units) units.push_back(unit.name);
  engine_.axes.report_to(watched().board(), std::move(units));
  report::Transfer loaded;
  if (!output_.finished) {
    const PhaseScope phase(watched().board(), Phase::Load);
    const Stopwatch loading;
    loaded = mpi::together(world, [&] { return load_weights(); });
    loaded.seconds = loading.seconds() + output_.seconds_checking;
  }
  saved_step_ = output_.checkpoint ? progress_.step : -1;
  const report::RunHeader h = mpi::together(world, [&] { return header(); });
  mpi::on_rank_zero(world, [&] {
    recorder_.emplace(h, surroundings.console);
    for (const std::string& note : output_.notes) recorder_->line(note);
    if (proof_) recorder_->line("proof: " + proof_->text());
    if (loaded.size.value > 0) recorder_->transfer(loaded);
    if (const std::string note = export_note(); !output_.finished && !note.empty()) recorder_->line(note);
  });
}

// Says what was read, without the time; random weights are no transfer.
report::Transfer Trainer::load_weights() {
  if (output_.checkpoint) {
    const auto reader =
        checkpoint::CheckpointReader::open(*output_.checkpoint, {.patience = std::chrono::seconds(60)});
    load_snapshot(reader, engine_.store);
    checkpoint_digest_ = state_digest(reader.manifest());
    return {"checked and loaded " + output_.checkpoint->string(), reader.size()};
  }
  if (run_.init == config::Init::Random) {
    convert::initialise_randomly(run_.seed, engine_.store);
    return {};
  }
  const auto directory = convert::open_model(run_.model_name_or_path, engine_.spec);
  convert::import_model(directory, engine_.store);
  return {"loaded " + run_.model_name_or_path.string(), directory.size()};
}

ExitCode Trainer::run() {
  if (output_.finished) {
    if (recorder_)
      recorder_->line(fmt::format("step {} of {}: this run is finished{}", step(), total_steps_,
                                  output_.checkpoint ? "; a larger max_steps or num_train_epochs goes on"
                                                     : " and kept no checkpoint (save_strategy: no)"));
    return ExitCode::Done;
  }
  start_feed();
  while (step() < total_steps_) {
    begin_trace();
    const Stopwatch stepping;
    const StepOutcome outcome = step_once();
    watched().step_took(stepping.seconds());
    end_trace();
    check_order();
    after_step(outcome);
    close_books();
    const bool stop = agreed_stop();
    if (due(run_.eval_strategy, run_.eval_steps)) evaluate_now();
    if (stop && step() < total_steps_) {
      save();
      const report::RunSummary told = summary(fmt::format(
          "stopped by a signal at step {} of {}; the same command continues", step(), total_steps_));
      mpi::on_rank_zero(world_, [&] { recorder_->finish(told); });
      return ExitCode::Requeue;
    }
    if (due(run_.save_strategy, run_.save_steps) && step() < total_steps_) try_to_save();
  }
  if (!inputs_.validation.empty() && (!last_eval_ || last_eval_->step != step())) evaluate_now();
  save();
  export_model();
  const report::RunSummary told = summary("finished");
  mpi::on_rank_zero(world_, [&] { recorder_->finish(told); });
  return ExitCode::Done;
}

// One optimizer update on one global batch. Sums, never means, until the tokens of all ranks are known.
StepOutcome Trainer::step_once() {
  watched().board().begin_step(step() + 1);
  std::vector<double> losses;
  const data::StepBatches batches = feed_->take();
  const mesh::Dealing dealing = engine_.gradients.deal(plan_.num_micro_batches(step()));
  for (int64_t m = 0; m < dealing.micro_steps(); ++m)
    losses.push_back(
        engine_.loop.micro_step(view(batches.micro_batches[static_cast<size_t>(m)]), {dealing, m}));
  watched().board().enter(Phase::Update);
  const data::Tally mine = data::total(batches.books);
  std::array counts{mine.samples, mine.trained, mine.tokens};
  world_.sum(std::span<int64_t>(counts));
  const auto targets = static_cast<double>(std::max<int64_t>(1, counts[1]));
  StepOutcome out{.loss = mpi::exact_sum(world_, losses) / targets,
                  .grad_norm = optim::grad_norm(engine_.store, world_) / targets,
                  .learning_rate = schedule_->rate(step()),
                  .samples = counts[0],
                  .trained_tokens = counts[1],
                  .tokens = counts[2]};
  // The same numbers on every rank, so all ranks agree before anything is updated.
  if (!std::isfinite(out.loss) || !std::isfinite(out.grad_norm))
    throw NumbersError(
        fmt::format("step {}: loss {}, gradient norm {}: not finite, nothing was updated; lower "
                    "learning_rate, or use precision: fp32",
                    step() + 1, out.loss, out.grad_norm));
  // transformers and torch clip with this small constant in the denominator.
  const double clip =
      run_.max_grad_norm > 0 ? std::min(1.0, run_.max_grad_norm / (out.grad_norm + 1e-6)) : 1.0;
  optim::adamw_update(
      engine_.store,
      {.beta1 = run_.adam_beta1,
       .beta2 = run_.adam_beta2,
       .eps = run_.adam_epsilon,
       .weight_decay = run_.weight_decay},
      {.number = step() + 1, .learning_rate = out.learning_rate, .gradient_factor = clip / targets});
  ++progress_.step;
  books_.enter(batches.books);
  return out;
}

// The first step of a program touches its memory for the first time.
void Trainer::begin_trace() {
  if (surroundings_.trace && step() == first_step_ + 1) trace_.emplace(engine_, world_);
}

void Trainer::end_trace() {
  if (!trace_ || (step() < first_step_ + 1 + kTracedSteps && step() < total_steps_)) return;
  trace_->write(run_.output_dir / "trace.json");
  trace_.reset();
}

// Ranks that issue different collectives wait for ever, or worse, take each other's for their own.
void Trainer::check_order() {
  if (step() % kStepsBetweenChecks != 0) return;
  const auto mine = static_cast<int64_t>(engine_.axes.journal().fingerprint());
  const std::vector<int64_t> all = world_.all_gather(mine);
  for (size_t r = 0; r < all.size(); ++r)
    FS_CHECK(all[r] == all[0], "step {}: rank {} has issued other collectives than rank 0", step(), r);
}

void Trainer::after_step(const StepOutcome& o) {
  watched().ensure_lease();
  progress_.samples += o.samples;
  progress_.trained_tokens += o.trained_tokens;
  progress_.loss_sum += o.loss;
  loss_since_log_ += o.loss;
  tokens_since_log_ += o.tokens;
  tokens_this_session_ += o.tokens;
  ++steps_since_log_;
  const bool log = step() % run_.logging_steps == 0 || step() == total_steps_;
  const Bytes peak = log ? Bytes{world_.max(peak_resident().value)} : Bytes{};
  const Bytes on_device = log ? Bytes{world_.max(taken_memory(engine_.device).value)} : Bytes{};
  if (recorder_) {
    report::StepRecord r = record(o);
    r.peak_host_memory = peak;
    r.device_memory = on_device;
    log ? recorder_->step(r) : recorder_->progress(r);
  }
  if (log) {
    loss_since_log_ = 0;
    steps_since_log_ = tokens_since_log_ = 0;
    since_log_.restart();
  }
  touch_lock();
  if (step() < total_steps_)
    if (const std::exception_ptr fault = feed_->wait()) failure_ = fault;
}

// Rank 0's alone; if another job has taken the directory over, agreed_stop tells all ranks.
void Trainer::touch_lock() {
  try {
    if (output_.lock) output_.lock->touch();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

bool Trainer::due(config::Cadence cadence, std::optional<int64_t> every) const {
  switch (cadence) {
    case config::Cadence::Never:
      return false;
    case config::Cadence::Steps:
      return every && step() % *every == 0;
    case config::Cadence::Epoch:
      return plan_.begins_epoch(step());
  }
  return false;
}

// One number for both questions: a stop is 1, a failure 2.
bool Trainer::agreed_stop() {
  const int64_t worst = world_.max(failure_ ? int64_t{2} : int64_t{stop_.requested()});
  if (worst == 2) mpi::agree(world_, failure_);
  return worst == 1;
}

void Trainer::evaluate_now() {
  if (inputs_.validation.empty()) return;
  const PhaseScope phase(watched().board(), Phase::Evaluate);
  const EvalResult result =
      evaluate(engine_, validation_of(inputs_), {run_.per_device_eval_batch_size}, world_);
  last_eval_ = report::EvalRecord{.step = step(),
                                  .total_steps = total_steps_,
                                  .epoch = epoch(),
                                  .eval_loss = result.loss,
                                  .eval_tokens = result.tokens,
                                  .elapsed_seconds = elapsed(),
                                  .remaining_seconds = remaining()};
  if (!best_eval_ || result.loss < best_eval_->eval_loss) best_eval_ = last_eval_;
  if (recorder_) recorder_->eval(*last_eval_);
  since_log_.restart();
}

// Everything about a checkpoint but its tensors: what it says of the run, what lies beside it, which older
// ones go.
void Trainer::save() {
  if (saved_step_ == step()) return;
  const PhaseScope phase(watched().board(), Phase::Save);
  mpi::on_rank_zero(world_, [&] { recorder_->sync(); });
  if (last_eval_ && last_eval_->step == step() &&
      (!progress_.best_eval_loss || last_eval_->eval_loss < *progress_.best_eval_loss)) {
    progress_.best_eval_loss = last_eval_->eval_loss;
    progress_.best_step = step();
  }
  Progress now = progress_;
  now.elapsed_seconds = elapsed();
  now.books = books_.all();
  const checkpoint::RunState state{
      .step = step(),
      .data_cursor = step(),
      .model_hash = {},
      .layout_hash = {},
      .environment = fmt::format("{}, {} ranks", surroundings_.program_version, world_.size()),
      .config_json = config::resolved_json(run_),
      .trainer_state = to_text(now),
      .ties = {}};
  const Saved saved =
      save_snapshot(engine_.store, world_, run_.output_dir, state,
                    convert::auxiliary_files(run_.model_name_or_path), [this] { watched().ensure_lease(); });
  saved_step_ = step();
  checkpoint_digest_ = saved.digest;
  mpi::on_rank_zero(world_, [&] {
    recorder_->transfer(saved.transfer);
    if (!run_.save_total_limit) return;
    checkpoint::Retention keep{.keep_last = static_cast<int>(*run_.save_total_limit), .keep_best = {}};
    if (progress_.best_step)
      keep.keep_best = run_.output_dir / fmt::format("checkpoint-{}", *progress_.best_step);
    checkpoint::apply_retention(run_.output_dir, keep);
  });
  since_log_.restart();
}

// A save that the storage refuses costs a running job its safety, not its work.
void Trainer::try_to_save() {
  try {
    save();
  } catch (const Error& e) {  // the same on all ranks
    if (e.exit_code() != ExitCode::Io) throw;
    if (recorder_)
      recorder_->line(
          fmt::format("WARNING: step {}: saving failed: {}; training goes on, the next save tries again",
                      step(), e.what()));
  }
}

void Trainer::export_model() {
  const PhaseScope phase(watched().board(), Phase::Export);
  mpi::on_rank_zero(world_, [&] {
    const auto last = run_.output_dir / fmt::format("checkpoint-{}", step());
    const Stopwatch exporting;
    const convert::Export exported = convert::consolidate(
        last, run_.output_dir, {run_.model_export.dtype, run_.model_export.max_shard_size});
    recorder_->transfer({"exported " + run_.output_dir.string(), exported.size, exporting.seconds()});
    model_digest_ = exported.digest;
    if (run_.save_strategy != config::Cadence::Never) return;
    Progress now = progress_;
    now.elapsed_seconds = elapsed();
    record_finished(run_.output_dir, now);
    std::filesystem::remove_all(last);
  });
}

}  // namespace fullshard::train
