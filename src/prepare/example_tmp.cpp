#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/member.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/prepare/example.hpp"
namespace fullshard::prepare {
Example example_of(std::string_view text, Layout layout, const RowFormat&, jinja::Heap& heap) {
  if (layout == Layout::Text) return Document{text};
  try {
    const jinja::Value row = jinja::parse_json(text, heap);
    for (const auto& e : row.dict().entries) {
      if (e.key.string() == "text") {
        if (!e.value.is(jinja::Kind::String))
          throw ExampleError(data::Fault::Row, "the column \"text\": expected a string");
        return Document{e.value.string()};
      }
    }
  } catch (const jinja::TemplateError& e) {
    throw ExampleError(data::Fault::Row, e.reason);
  }
  throw ExampleError(data::Fault::Row, "no column");
}
}  // namespace fullshard::prepare
