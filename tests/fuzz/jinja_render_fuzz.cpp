// A template and what it is rendered with: bytes up to the first line "===" are the template, JSON behind it
// the context, a fixed one where there is none. Whatever they are, the end is a text or a TemplateError.
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/jinja/template.hpp"

namespace {

using namespace fullshard;

constexpr std::string_view kSeparator = "\n===\n";
constexpr std::string_view kContext =
    R"({"messages":[{"role":"system","content":"Sé"},{"role":"user","content":"<a> b\nc"},{"role":"assistant","content":null,)"
    R"("tool_calls":[{"id":"1","function":{"name":"f","arguments":{"x":1.5,"y":[true,-7]}}}]},{"role":"tool","content":"ok"}],)"
    R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"add_generation_prompt":true,)"
    R"("bos_token":"<s>","eos_token":"</s>","s":"Hello, World","u":"Straße ǅ ΣΑΣ","n":7,"f":2.5,"none":null,"l":[3,1,2],)"
    R"("names":["bob","Al"],"d":{"b":1,"a":2},"ws":" \t a \n","num":"42","big":4611686018427387904})";

// What keeps an input under a millisecond; nothing that a template needs to reach any line of the engine.
constexpr jinja::Limits kLimits{
    .steps = 20'000, .memory = Bytes{1 << 20}, .output = Bytes{1 << 16}, .depth = 60};
constexpr jinja::ParseLimits kParseLimits{.source = Bytes{1 << 14}, .depth = 60};

void check(bool held, const char* promise) {
  if (!held) throw std::logic_error(promise);
}

void check_spans(const jinja::Rendered& rendered) {
  size_t last = 0;
  for (const jinja::TextSpan span : rendered.generated) {
    check(span.begin <= span.end && span.end <= rendered.text.size(), "a span lies inside the text");
    check(last <= span.begin, "spans are in order");
    last = span.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t at = input.find(kSeparator);
  const std::string_view source = input.substr(0, at);
  const std::string_view json =
      at == std::string_view::npos ? kContext : input.substr(at + kSeparator.size());
  try {
    const auto parsed = jinja::Template::parse(source, kParseLimits);
    jinja::Heap heap(kLimits);
    const jinja::Value context = jinja::parse_json(json, heap);
    if (context.kind() != jinja::Kind::Dict) return -1;
    jinja::RenderOptions options{.limits = kLimits};
    options.now = std::tm{.tm_mday = 26, .tm_mon = 6, .tm_year = 124, .tm_wday = 5, .tm_yday = 207};
    const jinja::Rendered once = parsed.render(context, options);
    check(once.text.size() <= static_cast<size_t>(kLimits.output.value), "the text is within its limit");
    check_spans(once);
    check(parsed.render(context, options).text == once.text, "a template is rendered twice alike");
  } catch (const jinja::TemplateError&) {
  }
  return 0;
}
