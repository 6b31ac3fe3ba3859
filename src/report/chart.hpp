#pragma once
// A plot as HTML: an SVG that stretches with the page under text that does not. Works without scripts; with
// them (html_page.cpp) `chart_data` gives values under the pointer.

#include <string>
#include <string_view>
#include <vector>

#include "report/axis.hpp"
#include "report/curve.hpp"

namespace fullshard::report {

enum class Style {
  Line,      ///< each point counts
  Smoothed,  ///< points faint, their average on top where they are many
  Dots,      ///< few points, marked
};

struct Series {
  std::string name;   ///< in the legend and under the pointer
  std::string color;  ///< CSS class: train or eval
  Style style = Style::Line;
  std::vector<Point> points;  ///< (step, value)
};

struct Chart {
  std::string title;
  std::string unit;  ///< may be empty
  Range range = Range::Tight;
  std::vector<Series> series;
};

enum class ChartSize { Wide, Normal };

/// Text with the five characters of HTML escaped, fit for content and quoted attributes.
std::string escaped(std::string_view text);

std::string chart_html(const Chart& chart, ChartSize size);

/// JSON for the script, safe inside a <script> element: at most 2,000 points of each series.
std::string chart_data(const std::vector<Chart>& charts);

}  // namespace fullshard::report
