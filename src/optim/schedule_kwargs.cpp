#include "optim/schedule_kwargs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::optim {

namespace {

std::string shown(const ScheduleValue& v) {
  const auto* text = std::get_if<std::string>(&v);
  return text ? '"' + *text + '"' : fmt::to_string(std::get<double>(v));
}

}  // namespace

const ScheduleValue* ScheduleKwargs::find(const std::string& name) {
  known_.push_back(name);
  const auto it = config_.kwargs.find(name);
  return it == config_.kwargs.end() ? nullptr : &it->second;
}

std::optional<double> ScheduleKwargs::number(const std::string& name) {
  const ScheduleValue* v = find(name);
  if (!v) return std::nullopt;
  const auto* x = std::get_if<double>(v);
  if (!x || !std::isfinite(*x)) {
    throw ConfigError(key(name),
                      fmt::format("{}: expected a finite number, found {}; write a number without quotes",
                                  key(name), shown(*v)));
  }
  return *x;
}

std::optional<int64_t> ScheduleKwargs::count(const std::string& name) {
  const std::optional<double> x = number(name);
  if (!x) return std::nullopt;
  constexpr double kMost = 0x1p53;  // beyond it a double does not hold every whole number
  if (*x < 0 || *x > kMost || *x != std::floor(*x)) {
    throw ConfigError(
        key(name),
        fmt::format("{}: expected a number of steps, found {}; write a whole number from 0", key(name), *x));
  }
  return static_cast<int64_t>(*x);
}

std::string ScheduleKwargs::choice(const std::string& name, const std::string& fallback,
                                   const std::vector<std::string>& choices) {
  const ScheduleValue* v = find(name);
  if (!v) return fallback;
  const auto* text = std::get_if<std::string>(v);
  if (!text || std::find(choices.begin(), choices.end(), *text) == choices.end()) {
    throw ConfigError(key(name), fmt::format("{}: expected one of {}, found {}; choose one of them",
                                             key(name), fmt::join(choices, ", "), shown(*v)));
  }
  return *text;
}

void ScheduleKwargs::refuse_the_rest() const {
  for (const auto& [name, value] : config_.kwargs) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const std::string near = nearest(name, known_);
    const std::string takes = known_.empty() ? "nothing" : fmt::format("{}", fmt::join(known_, ", "));
    throw ConfigError(key(name), fmt::format("{}: {} takes {}; {}", key(name), config_.type, takes,
                                             near.empty() ? "remove it" : "did you mean " + near + "?"));
  }
}

}  // namespace fullshard::optim
