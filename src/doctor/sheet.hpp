#pragma once
// Structs as lines "name=value", so that ranks which run different programs still understand each other: a
// name that is missing leaves the default, an unknown one is passed over.

#include <charconv>
#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::doctor {

using Sheet = std::map<std::string, std::string, std::less<>>;

std::string sheet_text(const Sheet& sheet);
Sheet parse_sheet(std::string_view text);

inline std::string field_text(const std::string& value) {
  return value;
}
template <class T>
requires(std::integral<T> || std::floating_point<T>) std::string field_text(T value) {
  char text[32];  // longer than any number in its shortest form
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}
inline void parse_field(const std::string& text, std::string& value) {
  value = text;
}
template <class T>
requires(std::integral<T> || std::floating_point<T>) void parse_field(const std::string& text, T& value) {
  std::from_chars(text.data(), text.data() + text.size(), value);
}

/// `Facts` has a static fields(facts, visit) that calls visit(name, member) for each member.
template <class Facts>
std::string encoded(const Facts& facts) {
  Sheet sheet;
  Facts::fields(facts, [&](const char* name, const auto& value) { sheet[name] = field_text(value); });
  return sheet_text(sheet);
}

template <class Facts>
Facts decoded(std::string_view text) {
  const Sheet sheet = parse_sheet(text);
  Facts facts;
  Facts::fields(facts, [&](const char* name, auto& value) {
    if (const auto at = sheet.find(name); at != sheet.end()) parse_field(at->second, value);
  });
  return facts;
}

/// Every rank's facts, in rank order. Collective over `comm`.
template <class Facts>
std::vector<Facts> gathered(const mpi::Communicator& comm, const Facts& mine) {
  std::vector<Facts> all;
  for (const std::string& text : comm.all_gather(encoded(mine))) all.push_back(decoded<Facts>(text));
  return all;
}

}  // namespace fullshard::doctor
