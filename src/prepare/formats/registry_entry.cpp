#include "prepare/formats/registry_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "fullshard/core/text.hpp"
#include "fullshard/jinja/member.hpp"

namespace fullshard::prepare {

namespace {

using jinja::Kind;
using jinja::Value;

// Becomes the entry's refusal.
struct Unusable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const std::vector<std::string> kKeys{"file_name",   "formatting",      "columns",    "tags",
                                     "num_samples", "ranking",         "split",      "subset",
                                     "folder",      "hf_hub_url",      "ms_hub_url", "om_hub_url",
                                     "script_url",  "cloud_file_name", "revision"};
constexpr std::array kElsewhere{"hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"};

template <class Struct>
struct Name {
  std::string key;
  std::string Struct::*field;
};
const std::vector<Name<Columns>> kColumns{{"prompt", &Columns::prompt},     {"query", &Columns::query},
                                          {"response", &Columns::response}, {"history", &Columns::history},
                                          {"messages", &Columns::messages}, {"system", &Columns::system},
                                          {"tools", &Columns::tools},       {"text", &Columns::text}};
const std::vector<Name<Tags>> kTags{{"role_tag", &Tags::role},
                                    {"content_tag", &Tags::content},
                                    {"user_tag", &Tags::user},
                                    {"assistant_tag", &Tags::assistant},
                                    {"observation_tag", &Tags::observation},
                                    {"function_tag", &Tags::function},
                                    {"system_tag", &Tags::system}};

// Columns of other kinds of training, and why they are none of ours.
const std::vector<std::pair<std::string, const char*>> kForeignColumns{{"images", "pictures"},
                                                                       {"videos", "videos"},
                                                                       {"audios", "sound"},
                                                                       {"chosen", "preference pairs"},
                                                                       {"rejected", "preference pairs"},
                                                                       {"kto_tag", "preference labels"}};

std::string text(const Value& value, std::string_view key) {
  if (value.is(Kind::None)) return {};
  if (!value.is(Kind::String))
    throw Unusable(fmt::format("{}: expected a string, found {}", key, jinja::json_kind(value)));
  return std::string(value.string());
}

std::string text_member(const Value& object, std::string_view key) {
  const Value* value = jinja::member(object, key);
  return value == nullptr ? std::string() : text(*value, key);
}

void check_key(std::string_view key, const std::vector<std::string>& known, std::string_view where) {
  if (std::find(known.begin(), known.end(), key) != known.end()) return;
  const std::string near = nearest(key, known);
  throw Unusable(fmt::format("{}{} is not known{}", where, key,
                             near.empty() ? fmt::format("; known are {}", fmt::join(known, ", "))
                                          : fmt::format("; did you mean {}?", near)));
}

// Names that are not listed do not exist: with a list, LLaMA-Factory's defaults do not count any more.
template <class Struct>
void read_names(const Value* object, std::string_view where, const std::vector<Name<Struct>>& names,
                Struct& out) {
  if (object == nullptr || object->is(Kind::None)) return;
  if (!object->is(Kind::Dict))
    throw Unusable(fmt::format("{}: expected an object, found {}", where, jinja::json_kind(*object)));
  std::vector<std::string> known;
  for (const auto& [key, field] : names) {
    known.push_back(key);
    out.*field = text_member(*object, key);
  }
  for (const jinja::DictEntry& entry : object->dict().entries)
    check_key(entry.key.string(), known, fmt::format("{}.", where));
}

void refuse_foreign_columns(const Value* columns) {
  for (const auto& [key, what] : kForeignColumns)
    if (columns != nullptr && jinja::member(*columns, key) != nullptr)
      throw Unusable(fmt::format("columns.{}: {} are not trained on; only text is", key, what));
}

Formatting formatting_of(const Value& object) {
  const std::string name = text_member(object, "formatting");
  if (name.empty() || name == "alpaca") return Formatting::Alpaca;
  if (name == "sharegpt") return Formatting::Sharegpt;
  if (name == "openai") return Formatting::OpenAi;
  throw Unusable(fmt::format("formatting: expected alpaca, sharegpt or openai, found {}", name));
}

Columns default_columns(Formatting formatting) {
  Columns columns;
  if (formatting == Formatting::Alpaca) {
    columns.prompt = "instruction";
    columns.query = "input";
    columns.response = "output";
  } else {
    columns.messages = formatting == Formatting::Sharegpt ? "conversations" : "messages";
  }
  return columns;
}

RowFormat format_of(const Value& object) {
  RowFormat format;
  format.formatting = formatting_of(object);
  const Columns columns = default_columns(format.formatting);
  const Tags tags = format.formatting == Formatting::OpenAi ? openai_tags() : Tags();
  format.columns = columns;
  format.tags = tags;
  const Value* listed = jinja::member(object, "columns");
  refuse_foreign_columns(listed);
  read_names(listed, "columns", kColumns, format.columns);
  read_names(jinja::member(object, "tags"), "tags", kTags, format.tags);
  // Without these nothing could be read at all.
  if (format.columns.messages.empty()) format.columns.messages = columns.messages;
  if (format.tags.role.empty()) format.tags.role = tags.role;
  if (format.tags.content.empty()) format.tags.content = tags.content;
  return format;
}

std::optional<int64_t> count_of(const Value& object) {
  const Value* value = jinja::member(object, "num_samples");
  if (value == nullptr || value->is(Kind::None)) return std::nullopt;
  if (!value->is(Kind::Int) || value->integer() < 1)
    throw Unusable("num_samples: expected an integer of 1 or more");
  return value->integer();
}

void refuse_other_training(const Value& object) {
  const Value* ranking = jinja::member(object, "ranking");
  if (ranking != nullptr && ranking->is_integral() && ranking->truth())
    throw Unusable("ranking: preference pairs are for training on preferences, which there is not");
  const std::string split = text_member(object, "split");
  if (!split.empty() && split != "train")
    throw Unusable(
        fmt::format("split: a file has no splits but train, found {}; name the file of that split", split));
  for (const char* key : {"subset", "folder", "revision"})
    if (!text_member(object, key).empty())
      throw Unusable(
          fmt::format("{}: has a meaning for data sets on a network only; name the file by file_name", key));
}

std::filesystem::path path_of(const Value& object, const std::filesystem::path& directory) {
  const std::string name = text_member(object, "file_name");
  if (!name.empty()) return directory / name;
  for (const char* key : kElsewhere)
    if (const std::string where = text_member(object, key); !where.empty())
      throw Unusable(
          fmt::format("{}: there is no network in a run; download {} and name it by file_name, relative to "
                      "{}",
                      key, where, directory.string()));
  throw Unusable("file_name is missing");
}

RegistryEntry usable_entry(const Value& object, const std::filesystem::path& directory) {
  if (!object.is(Kind::Dict))
    throw Unusable(fmt::format("expected an object, found {}", jinja::json_kind(object)));
  for (const jinja::DictEntry& entry : object.dict().entries) check_key(entry.key.string(), kKeys, "");
  RegistryEntry entry;
  entry.path = path_of(object, directory);
  refuse_other_training(object);
  entry.format = format_of(object);
  entry.num_samples = count_of(object);
  return entry;
}

}  // namespace

RegistryEntry read_entry(const Value& object, const std::filesystem::path& directory) {
  try {
    return usable_entry(object, directory);
  } catch (const Unusable& e) {
    RegistryEntry entry;
    entry.refusal = e.what();
    return entry;
  }
}

}  // namespace fullshard::prepare
