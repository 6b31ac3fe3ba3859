// `render_templates`: a line {"template": …, "context": {…}} in, a line {"text", "generated"} or {"error",
// "reason", "line"} out, for comparisons with Jinja2. `--times N` renders each template N times and prints
// microseconds to stderr.
#include <chrono>
#include <cstring>
#include <iostream>

#include "fullshard/core/json_writer.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/jinja/template.hpp"
#include "support/fixed_date.hpp"

namespace {

using namespace fullshard;

const jinja::Value& member(const jinja::Value& object, std::string_view key) {
  for (const jinja::DictEntry& entry : object.dict().entries)
    if (entry.key.string() == key) return entry.value;
  throw std::runtime_error("a line lacks '" + std::string(key) + "'");
}

std::string answer(const std::string& line, int times) {
  JsonWriter w;
  w.begin_object();
  try {
    jinja::Heap heap;
    const jinja::Value request = jinja::parse_json(line, heap);
    jinja::RenderOptions options;
    options.now = test::fixed_date();
    const auto parsed = jinja::Template::parse(member(request, "template").string());
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 1; i < times; ++i) parsed.render(member(request, "context"), options);
    const jinja::Rendered rendered = parsed.render(member(request, "context"), options);
    if (times > 1)
      std::cerr
          << std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
                 times
          << " us\n";
    w.key("text").value(rendered.text).key("generated").begin_array();
    for (const jinja::TextSpan span : rendered.generated)
      w.begin_array()
          .value(static_cast<int64_t>(span.begin))
          .value(static_cast<int64_t>(span.end))
          .end_array();
    w.end_array();
  } catch (const jinja::TemplateError& e) {
    w.key("error").value(jinja::error_name(e.kind)).key("reason").value(e.reason).key("line").value(e.line);
  }
  return w.end_object().str();
}

}  // namespace

int main(int argc, char** argv) {
  const int times = argc == 3 && std::strcmp(argv[1], "--times") == 0 ? std::atoi(argv[2]) : 1;
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) std::cout << answer(line, times) << '\n';
}
