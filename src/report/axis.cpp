#include "report/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "fullshard/core/text.hpp"

namespace fullshard::report {

namespace {

constexpr double kDecadesForLog = 1.5;  // max/min from 32: below it, a linear scale shows all
constexpr double kSmallestSpan = 1e-5;  // of the values' size
constexpr std::array kRound = {1.0, 2.0, 5.0, 10.0};

double nice_step(double span, int most_ticks) {
  const double rough = span / most_ticks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double m : kRound)
    if (m * power >= rough * (1 - 1e-9)) return m * power;
  return 10 * power;
}

Axis linear_axis(double low, double high) {
  // A constant, or nearly: room around it, so that the range is not empty and ticks stay readable.
  if (const double size = std::max(std::abs(low), std::abs(high)); high - low <= kSmallestSpan * size) {
    const double room = high > low ? kSmallestSpan * size : size > 0 ? 0.1 * size : 1;
    low -= room;
    high += room;
  }
  const double step = nice_step(high - low, 5);
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  Axis axis{.low = first * step, .high = last * step, .scale = Scale::Linear, .ticks = {}};
  // Enough digits that neighbours differ.
  const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
  const int digits = std::clamp(static_cast<int>(std::ceil(std::log10(largest / step))) + 1, 2, 15);
  for (double i = first; i <= last; ++i)
    axis.ticks.push_back({(i - first) / (last - first), readable(i * step, digits)});
  return axis;
}

// The largest 1, 2 or 5 times a power of ten that is not above `value`.
double round_down(double value) {
  const double power = std::pow(10, std::floor(std::log10(value) + 1e-9));
  return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
}

Axis log_axis(double low, double high) {
  const double bottom = round_down(low), below_top = round_down(high);
  double top = below_top;
  for (const double m : {2.0, 2.5, 5.0})
    if (top < high * (1 - 1e-9)) top = below_top * m;
  Axis axis{.low = bottom, .high = top, .scale = Scale::Log, .ticks = {}};
  const int from = static_cast<int>(std::floor(std::log10(bottom) + 1e-9));
  const int to = static_cast<int>(std::floor(std::log10(top) + 1e-9));
  const int stride = std::max(1, (to - from + 5) / 6);
  for (int decade = from; decade <= to; decade += stride)
    for (const double m : {1.0, 2.0, 5.0}) {
      if (m > 1 && to - from > 2) break;
      const double v = m * std::pow(10, decade);
      if (v >= bottom * (1 - 1e-9) && v <= top * (1 + 1e-9))
        axis.ticks.push_back({axis.position(v), readable(v)});
    }
  return axis;
}

std::string trimmed(std::string number) {
  if (number.find('.') == number.npos) return number;
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
}

// "1.5e-5" of "1.5000e-05"
std::string scientific(double value, int digits) {
  const std::string text = fmt::format("{:.{}e}", value, digits - 1);
  const size_t e = text.find('e');
  return fmt::format("{}e{}", trimmed(text.substr(0, e)), std::stoi(text.substr(e + 1)));
}

}  // namespace

double Axis::position(double v) const {
  if (scale == Scale::Log) return std::log(v / low) / std::log(high / low);
  return (v - low) / (high - low);
}

double Axis::value(double p) const {
  if (scale == Scale::Log) return low * std::pow(high / low, p);
  return low + p * (high - low);
}

Axis value_axis(std::span<const double> values, Range range) {
  double low = INFINITY, high = -INFINITY;
  for (const double v : values)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  if (low > high) return linear_axis(0, 1);
  if (range == Range::FromZero)
    return linear_axis(std::min(low, 0.0), high == low && low == 0 ? 1 : std::max(high, 0.0));
  if (low > 0 && std::log10(high / low) > kDecadesForLog) return log_axis(low, high);
  return linear_axis(low, high);
}

Axis step_axis(double first, double last) {
  Axis axis{.low = first, .high = last, .scale = Scale::Linear, .ticks = {}};
  if (!(last > first)) {
    axis.low = first - 1;
    axis.high = first + 1;
    axis.ticks = {{0.5, readable(first, 15)}};
    return axis;
  }
  const double step = std::max(1.0, nice_step(last - first, 6));
  for (double i = std::ceil(first / step); i * step <= last; ++i)
    axis.ticks.push_back({axis.position(i * step), readable(i * step, 15)});
  return axis;
}

std::string readable(double value, int digits) {
  const double size = std::abs(value);
  if (!std::isfinite(value)) return "–";
  if (size < 1e-300) return "0";
  if (size < 1e-3 || size >= 1e15) return scientific(value, digits);
  if (size >= 1e6) {
    const bool giga = size >= 1e9;
    return trimmed(fmt::format("{:.{}f}", value / (giga ? 1e9 : 1e6), std::clamp(digits - 1, 1, 6))) +
           (giga ? "G" : "M");
  }
  const int decimals = std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(size))));
  if (size >= 1e3 && (decimals == 0 || value == std::round(value)))
    return with_thousands(std::llround(value));
  return trimmed(fmt::format("{:.{}f}", value, std::min(decimals, 12)));
}

}  // namespace fullshard::report
