// rows FILE | rows DIRECTORY NAME: what becomes of each row of a file, or of a data set of
// DIRECTORY/dataset_info.json, as a line of JSON. For comparisons with other readers.
#include <array>
#include <cstdio>
#include <string>

#include "fullshard/jinja/template.hpp"
#include "fullshard/prepare/example.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "fullshard/prepare/registry.hpp"

namespace {

using namespace fullshard;
using jinja::Value;

Value dict(jinja::Heap& heap, std::string_view first, const Value& a, std::string_view second,
           const Value& b) {
  const std::array entries{jinja::DictEntry{Value::string(first), a},
                           jinja::DictEntry{Value::string(second), b}};
  return heap.dict(entries);
}

Value shown(const prepare::Example& example, jinja::Heap& heap) {
  if (const auto* document = std::get_if<prepare::Document>(&example))
    return dict(heap, "text", heap.string(document->text), "kind", Value::string("document"));
  if (const auto* pair = std::get_if<prepare::Pair>(&example))
    return dict(heap, "prompt", heap.string(pair->prompt), "response", heap.string(pair->response));
  if (const auto* conversation = std::get_if<chat::Conversation>(&example))
    return dict(heap, "messages", conversation->messages, "variables", conversation->variables);
  return Value::none();
}

void print_rows(const prepare::SourceFiles& source) {
  const auto as_json = jinja::Template::parse("{{ row | tojson }}");
  jinja::Heap heap;
  for (const auto& file : source.files) {
    const prepare::FileKind kind = prepare::kind_of_file(file);
    prepare::PieceReader reader(file, kind, {.piece = Bytes{100'000}});
    while (const auto piece = reader.next())
      for (const prepare::Row& row : piece->rows) {
        heap.clear();
        const auto example = prepare::example_of(piece->text(row), kind.layout, source.format, heap);
        const std::array context{jinja::DictEntry{Value::string("row"), shown(example, heap)}};
        std::puts(as_json.render(heap.dict(context)).text.c_str());
      }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2) print_rows(prepare::find_source({argv[1], argv[1]}, {}, {}, "FILE"));
    if (argc == 3) print_rows(prepare::load_registry(argv[1]).source(argv[2], "NAME"));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rows: %s\n", e.what());
    return 1;
  }
  return 0;
}
