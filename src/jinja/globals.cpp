// Functions that every template has, from Jinja2 and from transformers.

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/objects.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

namespace {

constexpr uint64_t kLongestRange = 100'000;  // jinja2.sandbox.MAX_RANGE

Value range(Interpreter& in, Bound a) {
  Range r{0, integer_argument(a[0], "range"), 1};
  if (given(a[1]))
    r = {r.stop, integer_argument(a[1], "range"), given(a[2]) ? integer_argument(a[2], "range") : 1};
  if (r.step == 0) fail(ErrorKind::Value, "range() arg 3 must not be zero");
  if (r.count() > kLongestRange)
    fail(ErrorKind::Overflow,
         fmt::format("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({}).", kLongestRange));
  return Value::range(in.heap().make(r));
}

// dict(mapping or pairs, name=value, …)
std::vector<DictEntry> entries(Interpreter& in, const Arguments& arguments) {
  std::vector<DictEntry> out;
  if (arguments.positional.size() > 1)
    fail(ErrorKind::Type,
         fmt::format("dict expected at most 1 argument, got {}", arguments.positional.size()));
  for (const Value& from : arguments.positional) {
    if (from.is(Kind::Dict)) {
      out.assign(from.dict().entries.begin(), from.dict().entries.end());
      continue;
    }
    for (const Value& pair : items_of(in.heap(), from)) {
      const auto both = items_of(in.heap(), pair);
      if (both.size() != 2)
        fail(ErrorKind::Value,
             fmt::format("dictionary update sequence element has length {}; 2 is required", both.size()));
      out.push_back({both[0], both[1]});
    }
  }
  for (const NamedValue& n : arguments.named) out.push_back({n.name, n.value});
  return out;
}

Value dict(Interpreter& in, const Arguments& arguments) {
  return in.heap().dict(entries(in, arguments));
}

Value name_space(Interpreter& in, const Arguments& arguments) {
  return namespace_of(in.heap(), entries(in, arguments));
}

Value cycler(Interpreter& in, const Arguments& arguments) {
  if (arguments.positional.empty()) fail(ErrorKind::Runtime, "at least one item has to be provided");
  Function f{Function::Type::Cycler};
  f.self = in.heap().tuple(arguments.positional);
  f.state = in.heap().make(uint32_t{0});
  return Value::function(in.heap().make(f));
}

Value joiner(Interpreter& in, Bound a) {
  Function f{Function::Type::Joiner};
  f.self = given(a[0]) ? str_of(in.heap(), a[0]) : Value::string(", ");
  f.state = in.heap().make(uint32_t{0});
  return Value::function(in.heap().make(f));
}

Value raise_exception(Interpreter& in, Bound a) {
  fail(ErrorKind::Raised, shown_sentence(str_of(in.heap(), a[0]).string()));
}

Value strftime_now(Interpreter& in, Bound a) {
  const std::string format(text_argument(a[0], "strftime_now"));
  if (!in.now())
    fail(
        ErrorKind::Value,
        "strftime_now: the template prints the date, so its text would change from day to day; fix the date");
  if (format.size() > 1000) fail(ErrorKind::Limit, "strftime_now: a format of more than 1000 bytes");
  in.heap().spend(static_cast<int64_t>(format.size()));
  // One format character yields at most a few dozen bytes; a space in front tells an empty result from one
  // too long.
  std::array<char, 65536> buffer;
  const size_t size = std::strftime(buffer.data(), buffer.size(), (" " + format).c_str(), &*in.now());
  if (size == 0) fail(ErrorKind::Limit, "strftime_now: a date of more than 65536 bytes");
  return in.heap().string(std::string_view(buffer.data(), size).substr(1));
}

constexpr Native kGlobals[] = {
    {"range", "start stop step /", 1, range},
    {"dict", "", 0, nullptr, dict},
    {"namespace", "", 0, nullptr, name_space},
    {"cycler", "", 0, nullptr, cycler},
    {"joiner", "sep", 0, joiner},
    {"raise_exception", "message", 1, raise_exception},
    {"strftime_now", "format", 1, strftime_now},
};

}  // namespace

const Native* find_global(std::string_view name) {
  return find_native(kGlobals, name);
}

}  // namespace fullshard::jinja
