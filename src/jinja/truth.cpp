// What counts as true, and what contains what.

#include <fmt/format.h>

#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/objects.hpp"
#include "jinja/sequence.hpp"

namespace fullshard::jinja {

bool is_true(const Value& v) {
  switch (v.kind()) {
    case Kind::Missing:
    case Kind::Undefined:
    case Kind::None:
      return false;
    case Kind::Bool:
    case Kind::Int:
      return v.integer() != 0;
    case Kind::Float:
      return v.real() != 0;
    case Kind::String:
      return !v.string().empty();
    case Kind::List:
    case Kind::Tuple:
      return !v.items().empty();
    case Kind::Dict:
      return !v.dict().entries.empty();
    case Kind::DictView:
      return !v.view().dict.dict().entries.empty();
    case Kind::Range:
      return v.range().size() != 0;
    case Kind::Loop:
      return !v.loop().items.empty();
    case Kind::Iterator:
    case Kind::Namespace:
    case Kind::Function:
      return true;
  }
  return true;
}

bool contains(Heap& heap, const Value& haystack, const Value& needle) {
  if (haystack.is(Kind::String)) {
    if (!needle.is(Kind::String))
      fail(ErrorKind::Type, fmt::format("'in <string>' requires string as left operand, not {}",
                                        needle.is(Kind::Undefined) ? "Undefined" : type_name(needle)));
    heap.spend_on_text(haystack.string().size());
    return find_text(heap, haystack.string(), needle.string()) != std::string_view::npos;
  }
  if (haystack.is(Kind::Dict)) return find(heap, haystack.dict(), needle) != nullptr;
  if (haystack.is(Kind::DictView) && haystack.view().of == DictView::Of::Keys)
    return find(heap, haystack.view().dict.dict(), needle) != nullptr;
  if (haystack.is(Kind::Range) && needle.is_integral()) {
    const Range& r = haystack.range();
    const Range up_to{r.start, needle.integer(), r.step};  // as many steps as lead there
    return up_to.count() < r.count() && r.at(static_cast<int64_t>(up_to.count())) == needle.integer();
  }
  if (!is_iterable(haystack))
    fail(ErrorKind::Type, fmt::format("argument of type '{}' is not iterable", type_name(haystack)));
  for (const Value& item : items_of(heap, haystack))
    if (same(item, needle) || equal(heap, item, needle)) return true;
  return false;
}

}  // namespace fullshard::jinja
