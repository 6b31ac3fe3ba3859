#pragma once

#include <string>

#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

/// One HTML page that needs no other file and no network: key facts, plots of loss, learning rate, gradient
/// norm and throughput against step, what was run, what came out, the configuration. All text is escaped;
/// any number of records is drawn, and about 300 kB is the most that the curves take.
std::string html_report(const RunHeader& header, const RunHistory& history, const RunSummary& summary);

}  // namespace fullshard::report
