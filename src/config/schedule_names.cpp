#include "fullshard/config/schedule_names.hpp"

#include "fullshard/core/check.hpp"

namespace fullshard::config {

namespace {

template <class Names, class T>
std::string name_in(const Names& names, T value) {
  for (const auto& [name, v] : names)
    if (v == value) return std::string(name);
  FS_CHECK(false, "a value without a name: {}", static_cast<int>(value));
}

}  // namespace

std::string name_of(Schedule schedule) {
  return name_in(kScheduleNames, schedule);
}

std::string name_of(Curve curve) {
  return name_in(kCurveNames, curve);
}

}  // namespace fullshard::config
