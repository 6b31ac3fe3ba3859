#include "report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fullshard/core/json_writer.hpp"

namespace fullshard::report {

namespace {

constexpr size_t kDrawnPoints = 1200;  // about two per pixel of a wide plot
constexpr size_t kHoverPoints = 2000;
constexpr size_t kSmoothFrom = 40;  // fewer points are read one by one

struct Axes {
  Axis x, y;
};

Axes axes_of(const Chart& chart) {
  std::vector<double> values;
  double first = INFINITY, last = -INFINITY;
  for (const Series& s : chart.series)
    for (const Point& p : s.points) {
      values.push_back(p.y);
      first = std::min(first, p.x);
      last = std::max(last, p.x);
    }
  if (first > last) first = last = 0;
  return {step_axis(first, last), value_axis(values, chart.range)};
}

std::vector<Point> placed(const Series& series, const Axes& axes) {
  std::vector<Point> out;
  for (const Point& p : series.points)
    out.push_back({axes.x.position(p.x), std::isfinite(p.y) ? axes.y.position(p.y) : NAN});
  return out;
}

bool is_smoothed(const Series& s) {
  return s.style == Style::Smoothed && s.points.size() >= kSmoothFrom;
}

std::string path(std::string_view kind, std::string_view color, std::span<const Point> points) {
  return fmt::format("<path class=\"{} {}\" d=\"{}\"/>", kind, color, svg_path(points));
}

std::string series_svg(const Series& s, const Axes& axes) {
  const std::vector<Point> points = placed(s, axes);
  if (is_smoothed(s))
    return path("raw", s.color, thinned(points, kDrawnPoints)) +
           path("line", s.color, thinned(smoothed(points), kDrawnPoints));
  std::string out = path("line", s.color, thinned(points, kDrawnPoints));
  if (s.style == Style::Dots || points.size() <= 12) {
    std::string dots;
    for (const Point& p : thinned(points, kDrawnPoints)) dots += svg_path(std::span(&p, 1));
    out += fmt::format("<path class=\"dots {}\" d=\"{}\"/>", s.color, dots);
  }
  return out;
}

std::string legend(const Chart& chart) {
  std::string out;
  for (const Series& s : chart.series) {
    if (s.points.empty() || chart.series.size() < 2) continue;
    out += fmt::format("<span class=\"key {}\">{}</span>", s.color, escaped(s.name));
  }
  return out;
}

std::string y_labels(const Axis& y) {
  std::string longest, out;
  for (const Tick& t : y.ticks) {
    if (t.label.size() > longest.size()) longest = t.label;
    out += fmt::format("<span style=\"top:{:.2f}%\">{}</span>", 100 * (1 - t.position), t.label);
  }
  // The longest label, unseen and in the flow, gives the column its width.
  return fmt::format("<div class=\"y\"><b>{}</b>{}</div>", longest, out);
}

std::string x_labels(const Axis& x) {
  std::string out;
  for (const Tick& t : x.ticks)
    out += fmt::format("<span style=\"left:{:.2f}%\">{}</span>", 100 * t.position, t.label);
  return "<div class=\"x\">" + out + "</div>";
}

std::string grid(const Axes& axes) {
  std::string d;
  for (const Tick& t : axes.y.ticks) d += fmt::format("M0 {:.1f}H1000", 1000 * (1 - t.position));
  return "<path class=\"grid\" d=\"" + d + "\"/>";
}

void write_series(JsonWriter& w, const Series& s) {
  const size_t stride = std::max<size_t>(1, (s.points.size() + kHoverPoints - 1) / kHoverPoints);
  w.begin_object().key("n").value(s.name).key("c").value(s.color).key("p").begin_array();
  for (size_t i = 0; i < s.points.size(); i += stride) {
    const Point& p = s.points[i];
    if (!std::isfinite(p.y)) continue;
    w.raw(fmt::format("[{},{:.6g}]", static_cast<int64_t>(p.x), p.y));
  }
  w.end_array().end_object();
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string chart_html(const Chart& chart, ChartSize size) {
  const Axes axes = axes_of(chart);
  std::string svg = grid(axes);
  for (const Series& s : chart.series) svg += series_svg(s, axes);
  const std::string unit =
      chart.unit + (axes.y.scale == Scale::Log ? (chart.unit.empty() ? "log scale" : ", log scale") : "");
  return fmt::format(
      "<figure class=\"card chart{}\"><figcaption><h2>{}</h2><small>{}</small><span class=\"keys\">{}</span>"
      "</figcaption><div class=\"plot\">{}<div class=\"area\"><svg viewBox=\"0 0 1000 1000\" "
      "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{} against "
      "step\">{}</svg></div>{}</div></figure>\n",
      size == ChartSize::Wide ? " wide" : "", escaped(chart.title), escaped(unit), legend(chart),
      y_labels(axes.y), escaped(chart.title), svg, x_labels(axes.x));
}

std::string chart_data(const std::vector<Chart>& charts) {
  JsonWriter w;
  w.begin_array();
  for (const Chart& chart : charts) {
    const Axes axes = axes_of(chart);
    w.begin_object().key("x").begin_array().value(axes.x.low).value(axes.x.high).end_array();
    w.key("y").begin_array().value(axes.y.low).value(axes.y.high).end_array();
    w.key("log").value(axes.y.scale == Scale::Log).key("s").begin_array();
    for (const Series& s : chart.series) write_series(w, s);
    w.end_array().end_object();
  }
  std::string json = w.end_array().str();
  // "</script" or "<!--" inside a string would end or bend the element that holds it.
  for (size_t at = 0; (at = json.find('<', at)) != json.npos;) json.replace(at, 1, "\\u003c");
  return json;
}

}  // namespace fullshard::report
