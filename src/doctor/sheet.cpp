#include "doctor/sheet.hpp"

#include <algorithm>

namespace fullshard::doctor {

std::string sheet_text(const Sheet& sheet) {
  std::string text;
  for (auto [name, value] : sheet) {
    std::ranges::replace(value, '\n', ' ');
    text += name + "=" + value + "\n";
  }
  return text;
}

Sheet parse_sheet(std::string_view text) {
  Sheet sheet;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) sheet.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return sheet;
}

}  // namespace fullshard::doctor
