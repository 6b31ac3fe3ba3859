#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fullshard/optim/lr_schedule.hpp"

namespace fullshard::optim {

/// Reads `lr_scheduler_kwargs`: a schedule asks for each key that it takes, what it did not ask for is then
/// refused. All errors are ConfigErrors that name the key. The configuration must outlive this.
class ScheduleKwargs {
 public:
  explicit ScheduleKwargs(const LrScheduleConfig& config) : config_(config) {}

  std::optional<double> number(const std::string& name);
  double number(const std::string& name, double fallback) { return number(name).value_or(fallback); }
  /// A whole number from 0.
  std::optional<int64_t> count(const std::string& name);
  std::string choice(const std::string& name, const std::string& fallback,
                     const std::vector<std::string>& choices);
  void refuse_the_rest() const;

  static std::string key(const std::string& name) { return "lr_scheduler_kwargs." + name; }

 private:
  const ScheduleValue* find(const std::string& name);

  const LrScheduleConfig& config_;
  std::vector<std::string> known_;
};

}  // namespace fullshard::optim
