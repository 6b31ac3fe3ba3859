#include "jinja/native.hpp"

#include <fmt/format.h>

#include "jinja/fail.hpp"

namespace fullshard::jinja {

namespace {

constexpr size_t kMostParameters = 8;

struct Parameters {
  std::array<std::string_view, kMostParameters> names;
  size_t count = 0;
  size_t positional_only = 0;
};

Parameters parameters_of(const Native& native) {
  Parameters p;
  std::string_view rest = native.parameters;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == "/") {
      p.positional_only = p.count;
    } else {
      p.names[p.count++] = name;
    }
  }
  return p;
}

}  // namespace

Value call_native(Interpreter& in, const Native& native, const Arguments& arguments) {
  if (native.raw != nullptr) return native.raw(in, arguments);
  const Parameters p = parameters_of(native);
  std::array<Value, kMostParameters> bound;
  if (arguments.positional.size() > p.count)
    fail(ErrorKind::Type, fmt::format("{}() takes at most {} arguments, {} were given", native.name, p.count,
                                      arguments.positional.size()));
  std::copy(arguments.positional.begin(), arguments.positional.end(), bound.begin());
  for (const NamedValue& named : arguments.named) {
    size_t at = p.positional_only;
    while (at < p.count && p.names[at] != named.name.string()) ++at;
    if (at == p.count)
      fail(ErrorKind::Type, fmt::format("{}() got an unexpected keyword argument {}", native.name,
                                        shown_name(named.name.string())));
    if (given(bound[at]))
      fail(ErrorKind::Type,
           fmt::format("{}() got multiple values for argument '{}'", native.name, p.names[at]));
    bound[at] = named.value;
  }
  for (size_t i = 0; i < static_cast<size_t>(native.required); ++i)
    if (!given(bound[i]))
      fail(ErrorKind::Type, fmt::format("{}() missing the required argument '{}'", native.name, p.names[i]));
  return native.body(in, Bound(bound.data(), p.count));
}

const Native* find_native(std::span<const Native> table, std::string_view name) {
  for (const Native& native : table)
    if (native.name == name) return &native;
  return nullptr;
}

int64_t integer_argument(const Value& v, std::string_view what) {
  require_defined(v);
  if (!v.is_integral())
    fail(ErrorKind::Type, fmt::format("{}: expected an integer, found '{}'", what, type_name(v)));
  return v.integer();
}

std::string_view text_argument(const Value& v, std::string_view what) {
  if (!v.is(Kind::String))
    fail(ErrorKind::Type, fmt::format("{}: expected a string, found '{}'", what, type_name(v)));
  return v.string();
}

}  // namespace fullshard::jinja
