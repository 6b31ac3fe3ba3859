// jinja::parse_json, and that what it accepts is printed by tojson as JSON that means the same.
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/jinja/template.hpp"

namespace {

using namespace fullshard;

constexpr jinja::Limits kLimits{.steps = 200'000, .memory = Bytes{4 << 20}, .output = Bytes{1 << 20}};

std::string printed(const jinja::Template& tojson, const jinja::Value& value) {
  jinja::Heap heap;
  const jinja::DictEntry entry{jinja::Value::string("x"), value};
  return tojson.render(heap.dict({&entry, 1}), {.limits = kLimits}).text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const jinja::Template kToJson = jinja::Template::parse("{{ x|tojson }}");
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  try {
    jinja::Heap heap(kLimits);
    const std::string once = printed(kToJson, jinja::parse_json(input, heap));
    jinja::Heap again(kLimits);
    if (printed(kToJson, jinja::parse_json(once, again)) != once)
      throw std::logic_error("what tojson printed means something else when it is read");
  } catch (const jinja::TemplateError&) {
  }
  return 0;
}
