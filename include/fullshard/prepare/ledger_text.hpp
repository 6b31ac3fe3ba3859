#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fullshard/data/ledger.hpp"

namespace fullshard::prepare {

/// A table for people: a line per source and what was dropped of it and why, and a sum where there are
/// several. Of long names the end is shown.
std::string ledger_text(const std::vector<std::pair<std::string, data::Ledger>>& sources);

/// The same of one source, on lines of their own.
std::string ledger_lines(const data::Ledger& ledger);

/// "2 roles, 1 nothing_trained"; empty where nothing was dropped.
std::string drop_reasons(const data::Ledger& ledger);

/// {"source": {"documents": …, …}, …}
std::string ledger_json(const std::vector<std::pair<std::string, data::Ledger>>& sources);

}  // namespace fullshard::prepare
