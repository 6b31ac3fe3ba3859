#pragma once
// The names of schedules and curves in run files: transformers' own.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "fullshard/config/run_config.hpp"

namespace fullshard::config {

inline constexpr std::array<std::pair<std::string_view, Schedule>, 8> kScheduleNames{
    {{"linear", Schedule::Linear},
     {"cosine", Schedule::Cosine},
     {"cosine_with_min_lr", Schedule::CosineWithMinLr},
     {"constant", Schedule::Constant},
     {"constant_with_warmup", Schedule::ConstantWithWarmup},
     {"warmup_stable_decay", Schedule::WarmupStableDecay},
     {"polynomial", Schedule::Polynomial},
     {"inverse_sqrt", Schedule::InverseSqrt}}};

inline constexpr std::array<std::pair<std::string_view, Curve>, 3> kCurveNames{
    {{"linear", Curve::Linear}, {"cosine", Curve::Cosine}, {"1-sqrt", Curve::OneMinusSqrt}}};

std::string name_of(Schedule schedule);
std::string name_of(Curve curve);

}  // namespace fullshard::config
