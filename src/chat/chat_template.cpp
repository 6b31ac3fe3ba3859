#include "fullshard/chat/chat_template.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

#include "fullshard/chat/builtin_templates.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/jinja/member.hpp"
#include "fullshard/jinja/parse_json.hpp"

namespace fullshard::chat {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

using Sources = std::map<std::string, std::string>;

constexpr std::string_view kRemedy =
    "; name a built-in one (template: chatml, llama3, …), or give a template as text or file";

Sources sources_of_files(const fs::path& model_dir) {
  Sources sources;
  if (const fs::path file = model_dir / "chat_template.jinja"; fs::exists(file))
    sources["default"] = read_file(file);
  const fs::path more = model_dir / "additional_chat_templates";
  if (fs::is_directory(more))
    for (const fs::directory_entry& entry : fs::directory_iterator(more))
      if (entry.path().extension() == ".jinja") sources[entry.path().stem()] = read_file(entry.path());
  return sources;
}

[[noreturn]] void refuse_config(const fs::path& file, std::string_view reason) {
  throw ModelError(file, fmt::format("chat_template: {}", reason));
}

// A text, or a list of {"name", "template"}.
Sources sources_of_config(const fs::path& file) {
  Sources sources;
  if (!fs::exists(file)) return sources;
  json::error_code error;
  const json::value config = json::parse(read_file(file), error);
  if (error) throw ModelError(file, fmt::format("is not valid JSON: {}", error.message()));
  const json::value* given = config.is_object() ? config.get_object().if_contains("chat_template") : nullptr;
  if (given == nullptr || given->is_null()) return sources;
  if (given->is_string()) {
    sources["default"] = given->get_string();
    return sources;
  }
  if (!given->is_array()) refuse_config(file, "expected a text, or a list of {\"name\", \"template\"}");
  const auto text = [&](const json::value& one, const char* key) {
    const json::value* member = one.is_object() ? one.get_object().if_contains(key) : nullptr;
    if (member == nullptr || !member->is_string())
      refuse_config(file, fmt::format("expected objects with the text \"{}\" in the list", key));
    return std::string(member->get_string());
  };
  for (const json::value& one : given->get_array()) sources[text(one, "name")] = text(one, "template");
  return sources;
}

// ", line 2: expected …"
std::string reason_of(const jinja::TemplateError& e) {
  return fmt::format("{}: {}", e.line > 0 ? fmt::format(", line {}", e.line) : "", e.reason);
}

Digest digest_of(const Sources& sources, const std::vector<tokenize::NamedToken>& tokens,
                 const jinja::RenderOptions& options) {
  std::string all;
  const auto add = [&](std::string_view text) { all += fmt::format("{}:{}", text.size(), text); };
  for (const auto& [name, source] : sources) {
    add(name);
    add(source);
  }
  for (const tokenize::NamedToken& token : tokens) {
    add(token.name);
    add(token.text);
  }
  if (options.now) {
    const std::tm& now = *options.now;
    add(fmt::format("{} {} {} {} {}", now.tm_year, now.tm_yday, now.tm_hour, now.tm_min, now.tm_sec));
  }
  return fullshard::digest_of(all);
}

}  // namespace

std::string_view reserved_variable(const jinja::Value& variables) {
  for (const std::string_view name : {"messages", "add_generation_prompt"})
    if (jinja::member(variables, name) != nullptr) return name;
  return {};
}

ChatTemplate::ChatTemplate(const Sources& sources, fs::path origin, const fs::path& model_dir,
                           const jinja::RenderOptions& options)
    : origin_(std::move(origin)), special_tokens_(tokenize::read_named_tokens(model_dir)), options_(options) {
  for (const auto& [name, source] : sources) {
    try {
      templates_.emplace(name, jinja::Template::parse(source));
    } catch (const jinja::TemplateError& e) {
      const std::string which = sources.size() > 1 ? fmt::format(" \"{}\"", name) : "";
      throw ModelError(origin_, fmt::format("chat template{}{}", which, reason_of(e)));
    }
  }
  digest_ = digest_of(sources, special_tokens_, options_);
}

void ChatTemplate::set_variables(std::string_view json) {
  const std::string key = "chat_template_kwargs";
  jinja::Value variables;
  try {
    variables = jinja::parse_json(json, heap_);
  } catch (const jinja::TemplateError& e) {
    throw ConfigError(key, key + ": " + e.reason);
  }
  if (!variables.is(jinja::Kind::Dict)) throw ConfigError(key, key + ": expected an object of variables");
  if (const auto name = reserved_variable(variables); !name.empty())
    throw ConfigError(key,
                      fmt::format("{}: {} is not for a run to say; it is given for every text", key, name));
  variables_ = variables.dict().entries;
  digest_ = fullshard::digest_of(fmt::format("{} {}", digest_.hex(), json));
}

bool ChatTemplate::exists(const fs::path& model_dir) {
  return !sources_of_files(model_dir).empty() ||
         !sources_of_config(model_dir / "tokenizer_config.json").empty();
}

ChatTemplate ChatTemplate::of_model(const fs::path& model_dir, const jinja::RenderOptions& options) {
  const fs::path config = model_dir / "tokenizer_config.json";
  if (const Sources files = sources_of_files(model_dir); !files.empty())
    return {files, model_dir / "chat_template.jinja", model_dir, options};
  const Sources sources = sources_of_config(config);
  if (sources.empty())
    throw ModelError(model_dir,
                     fmt::format("has no chat template: expected chat_template.jinja, or chat_template in "
                                 "tokenizer_config.json{}",
                                 kRemedy));
  return {sources, config, model_dir, options};
}

ChatTemplate ChatTemplate::named(std::string_view name, const fs::path& model_dir,
                                 const jinja::RenderOptions& options) {
  const std::string source = builtin_template(name);
  if (source.empty())
    throw ConfigError(
        "template", fmt::format("template: expected one of {}, found \"{}\"; without the key the model's own "
                                "template is used, and `chat_template` takes another one's text or file",
                                fmt::join(builtin_template_names(), ", "), name));
  return {{{"default", source}}, std::string(name), model_dir, options};
}

ChatTemplate ChatTemplate::from_file(const fs::path& file, const fs::path& model_dir,
                                     const jinja::RenderOptions& options) {
  return {{{"default", read_file(file)}}, file, model_dir, options};
}

ChatTemplate ChatTemplate::from_text(std::string_view text, const fs::path& model_dir,
                                     const jinja::RenderOptions& options) {
  const std::string key = "chat_template";
  try {
    (void)jinja::Template::parse(text);
  } catch (const jinja::TemplateError& e) {
    throw ConfigError(key, fmt::format("{}: chat template{}", key, reason_of(e)));
  }
  return {{{"default", std::string(text)}}, key, model_dir, options};
}

const jinja::Template& ChatTemplate::choose(Tools tools) const {
  auto found = tools == Tools::Given ? templates_.find("tool_use") : templates_.end();
  if (found == templates_.end()) found = templates_.find("default");
  if (found != templates_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, unused] : templates_) names.push_back(name);
  throw ModelError(origin_, fmt::format("has chat templates named {}; expected one named \"default\"{}",
                                        fmt::join(names, ", "), kRemedy));
}

}  // namespace fullshard::chat
