#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fullshard::chat {

/// Names of LLaMA-Factory for formats that models without a template of their own are trained in.
std::vector<std::string> builtin_template_names();

/// The template of such a name, with {% generation %}; empty where there is none of the name.
/// docs/chat_templates.md says what each writes.
std::string builtin_template(std::string_view name);

}  // namespace fullshard::chat
