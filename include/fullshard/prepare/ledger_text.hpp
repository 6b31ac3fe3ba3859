#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fullshard/data/ledger.hpp"

namespace fullshard::prepare {

/// A table for people: a line per source and what was dropped of it and why, and a sum where there are
/// several.
std::string ledger_text(const std::vector<std::pair<std::string, data::Ledger>>& sources);

/// {"source": {"documents": …, …}, …}
std::string ledger_json(const std::vector<std::pair<std::string, data::Ledger>>& sources);

}  // namespace fullshard::prepare
