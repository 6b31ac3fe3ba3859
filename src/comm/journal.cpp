#include "fullshard/comm/journal.hpp"

#include <fmt/format.h>

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
