#include "fullshard/tokenize/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "tokenize/added_tokens.hpp"
#include "tokenize/bpe.hpp"
#include "tokenize/decoder.hpp"
#include "tokenize/given_tokens.hpp"
#include "tokenize/json_text.hpp"
#include "tokenize/normalizer.hpp"
#include "tokenize/post_processor.hpp"
#include "tokenize/pre_tokenizer.hpp"

namespace fullshard::tokenize {

namespace {

struct SpecialIds {
  std::optional<int32_t> bos, eos;
};

}  // namespace

struct Tokenizer::Parts {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  Bpe model;
  AddedTokens added;
  PostProcessor post;
  Decoder decoder;
  SpecialIds special;

  std::optional<int32_t> id_of(std::string_view token) const {
    if (const AddedToken* t = added.by_content(token)) return t->id;
    return model.vocabulary().id_of(token);
  }
  bool is_token(int32_t id) const {
    return added.by_id(id) != nullptr || model.vocabulary().token_of(id).has_value();
  }

  // Calls out.token(id, part) for added tokens and out.word(word) for what the model is to see, in order.
  // With an origin of `text` parts and words have theirs.
  template <class Out>
  void walk(std::string_view text, const Origin* origin, Out out) const {
    for (const Segment& outer : added.split(text, AddedTokens::Text::Raw)) {
      if (outer.id >= 0) {
        out.token(outer.id, Piece{outer.text, false, origin});
        continue;
      }
      Normalizer::Result result;
      const bool stays = normalizer.leaves(outer.text);
      if (!stays) result = normalizer.apply(outer.text, origin == nullptr ? Mapping::None : Mapping::Kept);
      const std::string_view normal = stays ? outer.text : result.text;
      const Origin normal_origin{normal, origin, static_cast<size_t>(outer.text.data() - text.data()),
                                 &result.map};
      const Origin* known = origin == nullptr ? nullptr : &normal_origin;
      const bool starts = outer.text.data() == text.data() && result.from_start;
      for (const Segment& inner : added.split(normal, AddedTokens::Text::Normalized)) {
        const Piece piece{inner.text, starts && inner.text.data() == normal.data(), known};
        if (inner.id >= 0)
          out.token(inner.id, piece);
        else
          pre_tokenizer.split(piece, [&](const Piece& word) { out.word(word); });
      }
    }
  }
};

namespace {

struct IdsOnly {
  const Bpe& model;
  std::vector<int32_t>& ids;

  void token(int32_t id, const Piece&) { ids.push_back(id); }
  void word(const Piece& word) { model.append_ids(word.text, ids); }
};

struct WithRanges {
  const Bpe& model;
  Encoding& out;

  void token(int32_t id, const Piece& part) {
    out.ids.push_back(id);
    out.ranges.push_back(part.origin->range_of(part.text));
  }
  void word(const Piece& word) {
    const size_t from = out.ranges.size();
    model.append_with_ranges(word.text, out);
    for (size_t i = from; i < out.ranges.size(); ++i)
      out.ranges[i] = word.origin->range_of(word.text.substr(out.ranges[i].begin, out.ranges[i].size()));
  }
};

SourceMap map_of_replacements(std::string_view text) {
  SourceMap map;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    const auto length = static_cast<size_t>(c.length);
    if (c.valid)
      map.keep(length);
    else
      map.replace(length, kReplacement.size());
    at += length;
  }
  return map;
}

}  // namespace

Tokenizer Tokenizer::load(const std::filesystem::path& model_dir) {
  auto tokenizer = read_if_there(model_dir / "tokenizer.json");
  if (!tokenizer) throw ModelError(model_dir / "tokenizer.json", "expected this file, found none");
  return parse({.tokenizer = std::move(*tokenizer),
                .config = read_if_there(model_dir / "tokenizer_config.json"),
                .special_tokens_map = read_if_there(model_dir / "special_tokens_map.json")},
               model_dir);
}

Tokenizer Tokenizer::parse(const Texts& texts, const std::filesystem::path& model_dir) {
  const std::filesystem::path file = model_dir / "tokenizer.json";
  const auto json = parse_model_json(texts.tokenizer, file);
  const JsonNode root(json, file, "");
  root.only({"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
             "post_processor", "decoder", "model"});
  auto parts = std::make_unique<Parts>();
  if (const auto node = root.find("normalizer")) parts->normalizer = Normalizer::from(*node);
  if (const auto node = root.find("pre_tokenizer")) parts->pre_tokenizer = PreTokenizer::from(*node);
  if (const auto node = root.find("decoder")) parts->decoder = Decoder::from(*node);
  parts->model = Bpe::from(root.at("model"),
                           parts->pre_tokenizer.byte_level() ? Bpe::Units::Bytes : Bpe::Units::CodePoints);
  const GivenTokens given = given_tokens(texts.config, texts.special_tokens_map, model_dir);
  const boost::json::value added =
      completed_added_tokens(root.find("added_tokens"), given, parts->model.vocabulary());
  parts->added =
      AddedTokens::from({added, file, "added_tokens"}, parts->model.vocabulary(), parts->normalizer);
  if (const auto node = root.find("post_processor")) {
    parts->post = PostProcessor::from(*node);
    for (const auto* side : {&parts->post.before, &parts->post.after})
      for (const int32_t id : *side)
        if (!parts->is_token(id))
          node->fail(fmt::format("the id {} stands beside each text, but no token has it", id));
  }

  const auto id_of = [&](const char* name) {
    const auto token = given.named.find(name);
    return token == given.named.end() ? std::nullopt : parts->id_of(token->second.text);
  };
  parts->special = {.bos = id_of("bos_token"), .eos = id_of("eos_token")};
  return Tokenizer(std::move(parts));
}

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<int32_t> Tokenizer::encode(std::string_view text, SpecialTokens special) const {
  std::vector<int32_t> ids;
  append_encoded(text, special, ids);
  return ids;
}

void Tokenizer::append_encoded(std::string_view text, SpecialTokens special,
                               std::vector<int32_t>& ids) const {
  const Parts& p = *parts_;
  std::string mended;
  if (first_invalid_utf8(text) != std::string_view::npos) {
    mended = with_replacements(text);
    text = mended;
  }
  if (special == SpecialTokens::Add) ids.insert(ids.end(), p.post.before.begin(), p.post.before.end());
  p.walk(text, nullptr, IdsOnly{p.model, ids});
  if (special == SpecialTokens::Add) ids.insert(ids.end(), p.post.after.begin(), p.post.after.end());
}

std::vector<int32_t> Tokenizer::encode_prompt(std::string_view text) const {
  std::vector<int32_t> ids = parts_->post.before;
  append_encoded(text, SpecialTokens::None, ids);
  return ids;
}

Encoding Tokenizer::encode_with_ranges(std::string_view text, SpecialTokens special) const {
  const Parts& p = *parts_;
  Encoding out;
  const auto append_special = [&](const std::vector<int32_t>& ids, size_t at) {
    if (special == SpecialTokens::None) return;
    out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    out.ranges.resize(out.ids.size(), {at, at});
  };
  append_special(p.post.before, 0);
  const Origin given{text};
  if (first_invalid_utf8(text) == std::string_view::npos) {
    p.walk(text, &given, WithRanges{p.model, out});
  } else {
    const std::string mended = with_replacements(text);
    const SourceMap map = map_of_replacements(text);
    const Origin origin{mended, &given, 0, &map};
    p.walk(mended, &origin, WithRanges{p.model, out});
  }
  append_special(p.post.after, text.size());
  return out;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, SkipSpecial skip) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const int32_t id : ids) {
    if (const AddedToken* added = parts_->added.by_id(id)) {
      if (!added->special || skip == SkipSpecial::No) tokens.push_back(added->shown);
    } else if (const auto token = parts_->model.vocabulary().token_of(id)) {
      tokens.emplace_back(*token);
    }
  }
  return parts_->decoder.decode(std::move(tokens));
}

int64_t Tokenizer::vocab_size() const {
  return std::max(parts_->model.vocabulary().size(), parts_->added.end_id());
}

std::optional<int32_t> Tokenizer::id_of(std::string_view token) const {
  return parts_->id_of(token);
}

bool Tokenizer::is_special(int32_t id) const {
  const AddedToken* added = parts_->added.by_id(id);
  return (added != nullptr && added->special) || id == parts_->special.eos;
}

std::span<const int32_t> Tokenizer::ids_before() const {
  return parts_->post.before;
}
std::span<const int32_t> Tokenizer::ids_after() const {
  return parts_->post.after;
}

std::optional<int32_t> Tokenizer::bos_id() const {
  return parts_->special.bos;
}
std::optional<int32_t> Tokenizer::eos_id() const {
  return parts_->special.eos;
}

}  // namespace fullshard::tokenize
