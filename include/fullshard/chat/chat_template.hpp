#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/hash.hpp"
#include "fullshard/jinja/heap.hpp"
#include "fullshard/jinja/template.hpp"
#include "fullshard/tokenize/named_tokens.hpp"

namespace fullshard::chat {

/// A member of such variables that is none of a run's or a row's, since every text is given its own:
/// messages, add_generation_prompt. Empty where there is none.
std::string_view reserved_variable(const jinja::Value& variables);

/// A chat template with the special tokens of the model that it is used with. May be used from several
/// threads at once.
///
/// Source  transformers 5.23: from_pretrained, get_chat_template and special_tokens_map of
///         tokenization_utils_base.py
class ChatTemplate {
 public:
  /// Whether the model has one of its own. Throws ModelError where what could hold it cannot be read.
  static bool exists(const std::filesystem::path& model_dir);
  /// The model's own: `chat_template.jinja` and `additional_chat_templates/*.jinja`, or else `chat_template`
  /// of `tokenizer_config.json`. Throws ModelError naming file and line; where there is none, too.
  static ChatTemplate of_model(const std::filesystem::path& model_dir,
                               const jinja::RenderOptions& options = {});
  /// One of builtin_template_names(); another name is a ConfigError that lists them.
  static ChatTemplate named(std::string_view name, const std::filesystem::path& model_dir,
                            const jinja::RenderOptions& options = {});
  static ChatTemplate from_file(const std::filesystem::path& file, const std::filesystem::path& model_dir,
                                const jinja::RenderOptions& options = {});
  /// Throws ConfigError of the key `chat_template`.
  static ChatTemplate from_text(std::string_view text, const std::filesystem::path& model_dir,
                                const jinja::RenderOptions& options = {});

  /// Variables of every conversation, a JSON object; a conversation's own come before them. Throws
  /// ConfigError of the key `chat_template_kwargs`.
  void set_variables(std::string_view json);
  std::span<const jinja::DictEntry> variables() const { return variables_; }

  enum class Tools : bool { None, Given };
  /// Of several templates "tool_use" where there are tools, "default" otherwise. Throws ModelError where
  /// neither exists.
  const jinja::Template& choose(Tools tools) const;

  /// Variables of every conversation, too.
  const std::vector<tokenize::NamedToken>& special_tokens() const { return special_tokens_; }
  const jinja::RenderOptions& options() const { return options_; }
  /// Over all that a text depends on besides its conversation: templates, special tokens, variables, the
  /// date.
  Digest digest() const { return digest_; }

 private:
  /// Sources by name; the file they come from is `origin`.
  ChatTemplate(const std::map<std::string, std::string>& sources, std::filesystem::path origin,
               const std::filesystem::path& model_dir, const jinja::RenderOptions& options);

  std::filesystem::path origin_;
  std::map<std::string, jinja::Template, std::less<>> templates_;
  std::vector<tokenize::NamedToken> special_tokens_;
  jinja::Heap heap_;  // of the variables
  std::span<const jinja::DictEntry> variables_;
  jinja::RenderOptions options_;
  Digest digest_;
};

}  // namespace fullshard::chat
