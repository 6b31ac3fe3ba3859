#pragma once
// What the doctor found, as values, as a table for people and as JSON.

#include <string>
#include <vector>

#include "fullshard/core/error.hpp"

namespace fullshard::doctor {

enum class Verdict {
  Ok,
  Warn,  ///< a run works, but slower or less predictably than it could
  Fail,  ///< do not start
};

/// The outcome of one check.
struct Finding {
  Verdict verdict = Verdict::Ok;
  std::string check;                        ///< one word: "links"
  std::string text;                         ///< what was expected and found, with the culprit's rank and host
  std::string remedy;                       ///< empty where nothing has to change
  ExitCode code = ExitCode::Communication;  ///< how the program ends if this fails
};

struct Diagnosis {
  std::string allocation;  ///< "4 ranks on 2 nodes (2×2): n1 2, n2 2"
  std::vector<Finding> findings;
  double seconds = 0;

  /// Done unless a check failed; otherwise the code of the first that did.
  ExitCode exit_code() const;
  int count(Verdict verdict) const;
  /// "go on: 12 checks, 1 warning; 1.9 s"
  std::string conclusion() const;
};

enum class Style { Plain, Colored };

/// A table: allocation, one line per check with its remedy below, the conclusion last.
std::string diagnosis_text(const Diagnosis& diagnosis, Style style);
/// {"allocation", "findings": [{"check", "verdict", "text", "remedy"}], "exit_code", "seconds"}
std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace fullshard::doctor
