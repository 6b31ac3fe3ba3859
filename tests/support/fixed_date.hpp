#pragma once

#include <ctime>

namespace fullshard::test {

/// What strftime_now says where programs of tests render: Friday, 26 July 2024.
inline std::tm fixed_date() {
  std::tm date{};
  date.tm_year = 124;
  date.tm_mon = 6;
  date.tm_mday = 26;
  date.tm_wday = 5;
  date.tm_yday = 207;
  return date;
}

}  // namespace fullshard::test
