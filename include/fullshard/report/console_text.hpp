#pragma once
// The human log as text: pure functions of the records, without colour. Lines have no newline at their end,
// blocks of lines have one after each.

#include <string>

#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

/// What is about to run, one aligned line per fact.
std::string header_text(const RunHeader& header);

/// "step    20/1000  loss 2.1034  lr 2.000e-05  grad_norm 1.234  5,211 tok/s  MFU 61.3 %  mem 1.99 GiB  ETA 3
/// min 05 s"
std::string step_text(const StepRecord& record);

/// "step    20/1000  eval_loss 1.9876 over 24,310 tokens"
std::string eval_text(const EvalRecord& record);

/// "saved out/checkpoint-50: 3.47 GiB in 5.412 s, 657.12 MiB/s"
std::string transfer_text(const Transfer& transfer);

/// "2.1 s, exposed 0.4 s (3.1 % of the time); 4.2 MiB between nodes per node and step"; empty on one rank.
std::string communication_text(const RunSummary& summary);

std::string summary_text(const RunSummary& summary);

/// A bar with percentage, step, loss and time to go in at most `columns` columns; facts are left out from the
/// right where they do not fit.
std::string progress_text(const StepRecord& record, int columns);

}  // namespace fullshard::report
