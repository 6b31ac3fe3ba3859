#include "fullshard/comm/journal.hpp"

#include <fmt/format.h>

#include <utility>

#include "fullshard/core/hash.hpp"

namespace fullshard::comm {

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::AllGather:
      return "all_gather";
    case Operation::ReduceScatter:
      return "reduce_scatter";
    case Operation::Combine:
      return "combine";
  }
  return "";
}

void Journal::note(Operation operation, mesh::Axis axis, Bytes payload) {
  fingerprint_ = hash64(fmt::format("{} {} {} {} {}", fingerprint_, name_of(operation), name_of(axis),
                                    unit_.value, payload.value));
}

void Journal::report_to(ProgressBoard* board, std::vector<std::string> unit_names) {
  board_ = board;
  unit_names_ = std::move(unit_names);
}

CollectiveScope Journal::under_way(std::string_view operation, mesh::Axis axis, Bytes size) const {
  const auto index = static_cast<size_t>(unit_.value);
  const std::string_view unit = index < unit_names_.size() ? std::string_view(unit_names_[index]) : "";
  return {board_, Traffic::Transfer, {operation, unit, name_of(axis), size}};
}

std::optional<CollectiveProgress> Journal::last_on_board() const {
  if (board_ == nullptr) return std::nullopt;
  return board_->last(Traffic::Transfer);
}

void Journal::add(const Entry& entry) {
  if (entry.axis == mesh::Axis::Node) totals_.sent_between_nodes += entry.sent;
  totals_.seconds += entry.end - entry.begin;
  if (keeps_) entries_.push_back(entry);
}

void Journal::add(const Wait& wait) {
  totals_.exposed += wait.end - wait.begin;
  if (keeps_) waits_.push_back(wait);
}

void Journal::keep(bool entries) {
  keeps_ = entries;
  entries_.clear();
  waits_.clear();
}

}  // namespace fullshard::comm
