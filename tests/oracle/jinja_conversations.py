"""Conversations for chat templates of whatever kind: what one template needs and another refuses."""

TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "The weather of a place.\nNow.", "parameters": {
        "type": "object", "required": ["place"], "properties": {
            "place": {"type": "string", "description": "City, \"country\""}, "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
            "days": {"type": ["integer", "null"], "minimum": 1}, "tags": {"type": "array", "items": {"type": "string"}},
            "where": {"anyOf": [{"type": "object", "properties": {"lat": {"type": "number"}}}, {"type": "null"}]}}}}},
    {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}},
                                      "return": {"type": "string", "description": "ISO"}}},
]
DOCUMENTS = [{"title": "Sky", "text": "The sky is blue."}, {"title": "Grass <b>", "content": "Grass is green.", "doc_id": "7"}]


def call(name, arguments, identity="a1B2c3D4e"):
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


SYSTEM = {"role": "system", "content": "You are terse."}
ASK = {"role": "user", "content": "How is the weather in Zürich?"}
CALL = {"role": "assistant", "content": "", "tool_calls": [call("get_weather", {"place": "Zürich", "days": 2, "tags": ["a", "b"], "where": {"lat": 47.4}, "unit": None})]}
RESULT = {"role": "tool", "tool_call_id": "a1B2c3D4e", "name": "get_weather", "content": '{"sky": "☁", "t": 21.5}'}
ANSWER = {"role": "assistant", "content": "Cloudy, 21.5 °C."}
PARTS = [{"type": "text", "text": "What is "}, {"type": "image"}, {"type": "text", "text": "this?"}]

CONVERSATIONS = {
    "user": [ASK],
    "turns": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "Bye."}],
    "system": [SYSTEM, {"role": "user", "content": "  1 < 2 & \"3\"\n\n"}, {"role": "assistant", "content": "\n yes \n"}, {"role": "user", "content": "Why?"}],
    "call": [SYSTEM, ASK, CALL, RESULT, ANSWER],
    "call_waits": [ASK, CALL],
    "call_answered": [ASK, CALL, RESULT],
    "call_as_text": [ASK, {**CALL, "content": None, "tool_calls": [call("get_weather", '{"place": "Zürich"}')]}, RESULT, ANSWER, {"role": "user", "content": "Thanks"}],
    "calls": [ASK, {"role": "assistant", "content": "Two things.", "tool_calls": [call("get_weather", {"place": "Bern"}), call("now", {}, "f5G6h7I8j")]},
              RESULT, {**RESULT, "name": "now", "tool_call_id": "f5G6h7I8j", "content": "12:00"}, ANSWER],
    "call_bare": [ASK, {"role": "assistant", "tool_calls": [{"name": "now", "arguments": {}}]}, {"role": "tool", "content": "12:00"}, ANSWER],
    "reasoning": [ASK, {"role": "assistant", "reasoning_content": "Hm.\nCold?", "content": "Cold."}, {"role": "user", "content": "Sure?"},
                  {"role": "assistant", "reasoning_content": "Check.", "reasoning": "Check.", "thinking": "Check.", "content": "Yes."}],
    "reasoned_call": [ASK, {**CALL, "reasoning_content": "Need a tool.", "thinking": "Need a tool."}, RESULT, {**ANSWER, "reasoning_content": "Done."}],
    "think": [ASK, {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nCold."}, {"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "<think>a</think>Yes"}],
    "parts": [{"role": "system", "content": [{"type": "text", "text": "See."}]}, {"role": "user", "content": PARTS}, {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]}],
    "result_parts": [ASK, CALL, {**RESULT, "content": [{"type": "text", "text": "sunny"}]}, ANSWER],
    "developer": [{"role": "developer", "content": "Be kind."}, ASK, ANSWER],
    "empty_texts": [{"role": "system", "content": ""}, {"role": "user", "content": ""}, {"role": "assistant", "content": ""}],
    "users_in_a_row": [ASK, ASK],
    "assistant_first": [ANSWER, ASK],
    "late_system": [ASK, SYSTEM, ANSWER],
    "unknown_role": [ASK, {"role": "critic", "content": "No."}],
    "no_content": [ASK, {"role": "assistant", "content": None}],
    "no_role": [{"content": "Hi"}],
    "number": [{"role": "user", "content": 5}],
    "nothing": [],
}

VARIANTS = [
    {},
    {"add_generation_prompt": True},
    {"add_generation_prompt": True, "enable_thinking": False, "thinking": False},
    {"tools": TOOLS},
    {"tools": TOOLS, "add_generation_prompt": True, "enable_thinking": True, "reasoning_effort": "high"},
    {"tools": TOOLS, "tools_in_user_message": False, "builtin_tools": ["browser", "python"], "model_identity": "I am.", "date_string": "01 Jan 2026"},
    {"documents": DOCUMENTS, "add_generation_prompt": True, "preserve_thinking": True, "clear_thinking": False, "keep_past_thinking": True},
]

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "image_token": "<image>"}


def contexts():
    """(name, context) of every conversation in every variant."""
    for name, messages in CONVERSATIONS.items():
        for number, more in enumerate(VARIANTS):
            yield f"{name}.{number}", {**TOKENS, "messages": messages, **more}
