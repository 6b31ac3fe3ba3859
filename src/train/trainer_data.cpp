// What the trainer does about its data: reading ahead, and the books.

#include <fmt/format.h>

#include "fullshard/mpi/agree.hpp"
#include "fullshard/train/data_plan.hpp"
#include "fullshard/train/trainer.hpp"

namespace fullshard::train {

// The thread asks for nothing that changes: plans of epochs, and which micro-batches of a step are this
// rank's.
void Trainer::start_feed() {
  if (step() == total_steps_) return;
  const auto share = [this](int64_t micro_batches) {
    const mesh::Dealing dealing = engine_.gradients.deal(micro_batches);
    std::vector<int64_t> mine;
    for (int64_t m = 0; m < dealing.micro_steps(); ++m)
      mine.push_back(dealing.micro_batch(engine_.here(), m));
    return mine;
  };
  const int64_t epoch = plan_.epoch_of(step());
  feed_.emplace(data::BatchFeed::Options{.sources = sources_of(inputs_),
                                         .plan = [this](int64_t number) { return plan_.epoch(number); },
                                         .share = share,
                                         .epoch = epoch,
                                         .step = step() - plan_.first_step_of(epoch),
                                         .steps = total_steps_ - step()});
  mpi::agree(world_, feed_->wait());
  waited_at_start_ = feed_->seconds_waited();
}

// At the end of an epoch, and of a run inside one.
void Trainer::close_books() {
  const bool whole = plan_.begins_epoch(step());
  if (!whole && step() < total_steps_) return;
  const int64_t epoch = plan_.epoch_of(step() - 1), steps = step() - plan_.first_step_of(epoch);
  const data::Part part{world_.rank(), world_.size()};
  const std::vector<const data::SampleSource*> sources = sources_of(inputs_);
  books_.check(mpi::together(world_,
                             [&] {
                               return whole ? data::planned(plan_.mixture(), epoch, sources, part)
                                            : data::planned(plan_.epoch(epoch), steps, sources, part);
                             }),
               fmt::format("epoch {}", epoch + 1));
  if (!whole) return;
  const std::vector<std::string> lines = books_text(epoch, books_.all());
  if (recorder_)
    for (const std::string& line : lines) recorder_->line(line);
  books_.turn_over();
}

// A line for the epoch, and one for each source where there are several.
std::vector<std::string> Trainer::books_text(int64_t epoch, const data::Books& books) const {
  const auto line = [](const data::Tally& t) {
    return fmt::format("{} samples, {} tokens ({} trained), hash {}", t.samples, t.tokens, t.trained,
                       t.hash.hex());
  };
  const data::Tally all = data::total(books);
  std::vector<std::string> lines = {fmt::format("epoch {} is complete: {}", epoch + 1, line(all))};
  if (const auto length = plan_.batching().row_length) {
    const auto room = static_cast<double>(plan_.rows_of(epoch) * *length);
    lines[0] += fmt::format(", {} rows {:.2f} % full", plan_.rows_of(epoch),
                            100 * static_cast<double>(all.tokens) / room);
  }
  for (size_t s = 0; s < books.size() && books.size() > 1; ++s)
    lines.push_back(fmt::format("  {}: {}", inputs_.train[s].name, line(books[s])));
  return lines;
}

}  // namespace fullshard::train
