// Formats are facts: what is written around messages is what LLaMA-Factory writes for the same name
// (src/llamafactory/data/template.py, tool_utils.py), the templates are our own.

#include "fullshard/chat/builtin_templates.hpp"

#include <algorithm>
#include <array>

namespace fullshard::chat {

namespace {

// Every template begins with these. `content_of`: a text, or the texts of a list of parts. `argument_text`:
// arguments are objects, or JSON texts already. `system` and `rest`: a first system message, and the messages
// after it.
constexpr std::string_view kCommon = R"(
{%- macro content_of(message) -%}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- elif message.content -%}
    {%- for part in message.content -%}
      {{- part if part is string else (part.text or part.value or '') -}}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
{%- macro argument_text(call) -%}
  {{- call.arguments if call.arguments is string else call.arguments | tojson -}}
{%- endmacro -%}
{%- macro no_role(message) -%}
  {{- raise_exception('messages have the roles system, user, assistant and tool, this one has ' ~ message.role) -}}
{%- endmacro -%}
{%- set rest = messages -%}
{%- set system = '' -%}
{%- if messages and messages[0].role == 'system' -%}
  {%- set system = content_of(messages[0]) -%}
  {%- set rest = messages[1:] -%}
{%- endif -%}
)";

// Tools in words, for formats that have none: `tool_text` for the system message, `calls_of` for what an
// assistant says.
constexpr std::string_view kToolsInWords = R"(
{%- macro tool_text() -%}
  {%- if tools -%}
    {{- 'You have access to the following tools:\n' -}}
    {%- set names = namespace(all=[]) -%}
    {%- for given in tools -%}
      {%- set tool = given.function if given.function else given -%}
      {%- set names.all = names.all + [tool.name] -%}
      {{- '> Tool Name: ' ~ tool.name ~ '\nTool Description: ' ~ (tool.description or '') ~ '\nTool Args:\n' -}}
      {%- set parameters = tool.parameters or {} -%}
      {%- for name, parameter in (parameters.properties or {}).items() -%}
        {{- '  - ' ~ name ~ ' (' ~ (parameter.type or '') -}}
        {{- ', required' if name in (parameters.required or []) else '' -}}
        {{- '): ' ~ (parameter.description or '') -}}
        {{- ', should be one of [' ~ parameter.enum | join(', ') ~ ']' if parameter.enum else '' -}}
        {{- ', where each item should be ' ~ (parameter.get('items').type or '') if parameter.get('items') else '' -}}
        {{- '\n' -}}
      {%- endfor -%}
      {{- '\n' -}}
    {%- endfor -%}
    {{- 'Use the following format if using a tool:\n```\nAction: tool name (one of [' ~ names.all | join(', ') -}}
    {{- '])\nAction Input: the input to the tool, in a JSON format representing the kwargs ' -}}
    {{- '(e.g. ```{"input": "hello world", "num_beams": 5}```)\n```\n' -}}
  {%- endif -%}
{%- endmacro -%}
{%- macro said_by(message) -%}
  {{- content_of(message) -}}
  {%- for given in message.tool_calls or [] -%}
    {%- set call = given.function if given.function else given -%}
    {{- '\n' if content_of(message) or not loop.first -}}
    {{- 'Action: ' ~ call.name ~ '\nAction Input: ' ~ argument_text(call) -}}
  {%- endfor -%}
{%- endmacro -%}
)";

// Tools as Qwen 2.5 writes them.
constexpr std::string_view kToolsInXml = R"(
{%- macro tool_text() -%}
  {%- if tools -%}
    {{- '\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' -}}
    {{- 'You are provided with function signatures within <tools></tools> XML tags:\n<tools>' -}}
    {%- for tool in tools -%}
      {{- '\n' ~ (tool if tool.type == 'function' else {'type': 'function', 'function': tool}) | tojson -}}
    {%- endfor -%}
    {{- '\n</tools>\n\nFor each function call, return a json object with function name and arguments within ' -}}
    {{- '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": ' -}}
    {{- '<args-json-object>}\n</tool_call>' -}}
  {%- endif -%}
{%- endmacro -%}
{%- macro said_by(message) -%}
  {{- content_of(message) -}}
  {%- for given in message.tool_calls or [] -%}
    {%- set call = given.function if given.function else given -%}
    {{- '\n' if content_of(message) or not loop.first -}}
    {{- '<tool_call>\n{"name": ' ~ call.name | tojson ~ ', "arguments": ' ~ argument_text(call) ~ '}\n</tool_call>' -}}
  {%- endfor -%}
{%- endmacro -%}
)";

constexpr std::string_view kAlpaca = R"(
{%- set system = system or 'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n' -%}
{{- system ~ tool_text() -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'tool'] -%}
    {{- '### Instruction:\n' ~ content_of(message) ~ '\n\n' -}}
  {%- elif message.role == 'assistant' -%}
    {{- '### Response:\n' -}}
    {%- generation -%}{{- said_by(message) ~ eos_token ~ '\n\n' -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- '### Response:\n' if add_generation_prompt -}}
)";

constexpr std::string_view kDefault = R"(
{%- set system = system ~ tool_text() -%}
{{- 'System: ' ~ system ~ eos_token ~ '\n' if system -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'tool'] -%}
    {{- 'Human: ' ~ content_of(message) ~ eos_token ~ '\n' -}}
  {%- elif message.role == 'assistant' -%}
    {{- 'Assistant:' -}}
    {%- generation -%}{{- said_by(message) ~ eos_token ~ '\n' -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- 'Assistant:' if add_generation_prompt -}}
)";

constexpr std::string_view kVicuna = R"(
{%- set system = system or "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions." -%}
{{- system ~ tool_text() -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'tool'] -%}
    {{- 'USER: ' ~ content_of(message) ~ ' ' -}}
  {%- elif message.role == 'assistant' -%}
    {{- 'ASSISTANT:' -}}
    {%- generation -%}{{- said_by(message) ~ eos_token -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- 'ASSISTANT:' if add_generation_prompt -}}
)";

constexpr std::string_view kChatml = R"(
{%- set system = system ~ tool_text() -%}
{{- '<|im_start|>system\n' ~ system ~ '<|im_end|>\n' if system -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'system', 'tool'] -%}
    {{- '<|im_start|>' ~ message.role ~ '\n' ~ content_of(message) ~ '<|im_end|>\n' -}}
  {%- elif message.role == 'assistant' -%}
    {{- '<|im_start|>assistant\n' -}}
    {%- generation -%}{{- said_by(message) ~ '<|im_end|>\n' -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- '<|im_start|>assistant\n' if add_generation_prompt -}}
)";

constexpr std::string_view kQwen = R"(
{%- set system = system or 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' -%}
{{- '<|im_start|>system\n' ~ system ~ tool_text() ~ '<|im_end|>\n' -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'system'] -%}
    {{- '<|im_start|>' ~ message.role ~ '\n' ~ content_of(message) ~ '<|im_end|>\n' -}}
  {%- elif message.role == 'tool' -%}
    {{- '<|im_start|>user' if loop.first or loop.previtem.role != 'tool' -}}
    {{- '\n<tool_response>\n' ~ content_of(message) ~ '\n</tool_response>' -}}
    {{- '<|im_end|>\n' if loop.last or loop.nextitem.role != 'tool' -}}
  {%- elif message.role == 'assistant' -%}
    {{- '<|im_start|>assistant\n' -}}
    {%- generation -%}{{- said_by(message) ~ '<|im_end|>\n' -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- '<|im_start|>assistant\n' if add_generation_prompt -}}
)";

constexpr std::string_view kLlama3 = R"(
{%- macro header(role) -%}
  {{- '<|start_header_id|>' ~ role ~ '<|end_header_id|>\n\n' -}}
{%- endmacro -%}
{%- macro tool_text() -%}
  {%- if tools -%}
    {{- 'Cutting Knowledge Date: December 2023\nToday Date: ' ~ (date_string or '26 Jul 2024') ~ '\n\n' -}}
    {{- 'You have access to the following functions. To call a function, please respond with JSON for a function ' -}}
    {{- 'call. Respond in the format {"name": function name, "parameters": dictionary of argument name and its ' -}}
    {{- 'value}. Do not use variables.\n\n' -}}
    {%- for tool in tools -%}
      {{- (tool if tool.type == 'function' else {'type': 'function', 'function': tool}) | tojson(indent=4) ~ '\n\n' -}}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
{%- macro said_by(message) -%}
  {{- content_of(message) -}}
  {%- set several = message.tool_calls and message.tool_calls | length > 1 -%}
  {{- '[' if several -}}
  {%- for given in message.tool_calls or [] -%}
    {%- set call = given.function if given.function else given -%}
    {{- '{"name": ' ~ call.name | tojson ~ ', "parameters": ' ~ argument_text(call) ~ '}' -}}
    {{- ', ' if not loop.last -}}
  {%- endfor -%}
  {{- ']' if several -}}
{%- endmacro -%}
{%- set system = system ~ tool_text() -%}
{{- bos_token -}}
{{- header('system') ~ system ~ '<|eot_id|>' if system -}}
{%- for message in rest -%}
  {%- if message.role in ['user', 'system'] -%}
    {{- header(message.role) ~ content_of(message) ~ '<|eot_id|>' -}}
  {%- elif message.role == 'tool' -%}
    {{- header('ipython') ~ content_of(message) ~ '<|eot_id|>' -}}
  {%- elif message.role == 'assistant' -%}
    {{- header('assistant') -}}
    {%- generation -%}{{- said_by(message) ~ '<|eot_id|>' -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
{{- header('assistant') if add_generation_prompt -}}
)";

// The system message stands in the first user message; roles must alternate.
constexpr std::string_view kMistral = R"(
{%- macro tool_text() -%}
  {%- if tools -%}
    {%- set wrapped = namespace(all=[]) -%}
    {%- for tool in tools -%}
      {%- set wrapped.all = wrapped.all + [tool if tool.type == 'function' else {'type': 'function', 'function': tool}] -%}
    {%- endfor -%}
    {{- '[AVAILABLE_TOOLS] ' ~ wrapped.all | tojson ~ '[/AVAILABLE_TOOLS]' -}}
  {%- endif -%}
{%- endmacro -%}
{%- macro said_by(message) -%}
  {%- if message.tool_calls -%}
    {{- '[TOOL_CALLS] [' -}}
    {%- for given in message.tool_calls -%}
      {%- set call = given.function if given.function else given -%}
      {{- '{"name": ' ~ call.name | tojson ~ ', "arguments": ' ~ argument_text(call) ~ '}' -}}
      {{- ', ' if not loop.last -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- else -%}
    {{- ' ' ~ content_of(message) -}}
  {%- endif -%}
{%- endmacro -%}
{%- set system = system ~ tool_text() -%}
{{- bos_token -}}
{%- for message in rest -%}
  {%- set before = 'nobody' if loop.first else loop.previtem.role -%}
  {%- set allowed = {'user': ['nobody', 'assistant'], 'tool': ['assistant', 'tool'], 'assistant': ['user', 'tool']} -%}
  {%- if before not in allowed.get(message.role, [before]) -%}
    {{- raise_exception('after a system message, user and assistant (or its tools) must take turns; this message of ' ~ message.role ~ ' comes after one of ' ~ before) -}}
  {%- endif -%}
  {%- if message.role == 'user' -%}
    {{- '[INST] ' ~ (system ~ '\n\n' if system and loop.first else '') ~ content_of(message) ~ '[/INST]' -}}
  {%- elif message.role == 'tool' -%}
    {{- '[TOOL_RESULTS] {"content": ' ~ content_of(message) ~ '}[/TOOL_RESULTS]' -}}
  {%- elif message.role == 'assistant' -%}
    {%- generation -%}{{- said_by(message) ~ eos_token -}}{%- endgeneration -%}
  {%- else -%}
    {{- no_role(message) -}}
  {%- endif -%}
{%- endfor -%}
)";

struct Builtin {
  std::string_view name, tools, body;
};

constexpr std::array kBuiltins{
    Builtin{"alpaca", kToolsInWords, kAlpaca},
    Builtin{"chatml", kToolsInWords, kChatml},
    Builtin{"default", kToolsInWords, kDefault},
    Builtin{"llama3", "", kLlama3},
    Builtin{"mistral", "", kMistral},
    Builtin{"qwen", kToolsInXml, kQwen},
    Builtin{"vicuna", kToolsInWords, kVicuna},
};

}  // namespace

std::vector<std::string> builtin_template_names() {
  std::vector<std::string> names;
  for (const Builtin& builtin : kBuiltins) names.emplace_back(builtin.name);
  return names;
}

std::string builtin_template(std::string_view name) {
  const auto* found =
      std::find_if(kBuiltins.begin(), kBuiltins.end(), [&](const Builtin& b) { return b.name == name; });
  if (found == kBuiltins.end()) return "";
  return std::string(kCommon.substr(1)).append(found->tools).append(found->body);
}

}  // namespace fullshard::chat
