#include "prepare/stores/store_key.hpp"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/sizes.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::prepare {

namespace {

constexpr int64_t kPart = 8 << 20;
/// Raised when the same input gives other stores than before.
constexpr int kContentVersion = 4;

/// Digest of the bytes of a file's parts first, first + step, …; parts of other ranks add up to the whole.
Digest digest_of_parts(const std::filesystem::path& path, int64_t size, int64_t first, int64_t step,
                       ProgressBoard* board) {
  const FileDescriptor file = open_file(path, O_RDONLY);
  Digest sum;
  std::vector<int64_t> words(static_cast<size_t>(ceil_div(std::min(kPart, size), 8)));
  for (int64_t at = first * kPart; at < size; at += step * kPart) {
    const int64_t count = std::min(kPart, size - at);
    words[static_cast<size_t>((count - 1) / 8)] = 0;  // the last word may be read in part
    read_at(file, path, words.data(), count, at);
    const auto filled = std::span<const int64_t>(words).first(static_cast<size_t>((count + 7) / 8));
    sum += digest_of(device_span(filled), {at / 8});
    if (board) board->touch();
  }
  return sum;
}

void write_format(JsonWriter& w, const RowFormat& f) {
  w.begin_array().value(static_cast<int>(f.formatting)).value(static_cast<int>(f.stage));
  for (const std::string* name :
       {&f.columns.text, &f.columns.prompt, &f.columns.query, &f.columns.response, &f.columns.history,
        &f.columns.messages, &f.columns.system, &f.columns.tools, &f.tags.role, &f.tags.content, &f.tags.user,
        &f.tags.assistant, &f.tags.observation, &f.tags.function, &f.tags.system})
    w.value(*name);
  w.end_array();
}

}  // namespace

std::string key_text(const SourceFiles& source, const StoreOptions& options) {
  const SampleRules& r = options.rules;
  JsonWriter w;
  w.begin_object().key("version").value(kContentVersion);
  w.key("format");
  write_format(w, source.format);
  w.key("tokenizer").value(options.tokenizer_digest.hex());
  w.key("template").value(options.chat_template ? options.chat_template->digest().hex() : "");
  w.key("cutoff_len").value(r.cutoff_len).key("too_long").value(static_cast<int>(r.too_long));
  w.key("join_documents").value(r.join_documents);
  w.key("pairs_are_conversations").value(r.pairs_are_conversations);
  w.key("loss").value(static_cast<int>(r.mask.loss)).key("roles").begin_array();
  for (const std::string& role : r.mask.roles) w.value(role);
  w.end_array().key("drop_bad_samples").value(options.drop_bad_samples);
  w.key("vocab_size").value(r.vocab_size).end_object();
  return w.str();
}

Digest store_key(const SourceFiles& source, const FileStates& states, const StoreOptions& options,
                 const mpi::Communicator& world) {
  std::vector<Digest> files = mpi::together(world, [&] {
    std::vector<Digest> parts;
    // Small files have one part: each rank takes those of other files.
    for (size_t i = 0; i < source.files.size(); ++i) {
      const int64_t first = (world.rank() + static_cast<int64_t>(i)) % world.size();
      parts.push_back(digest_of_parts(source.files[i], states.bytes(i), first, world.size(), options.board));
    }
    return parts;
  });
  world.sum(std::span(files));
  std::string text = key_text(source, options);
  for (size_t i = 0; i < files.size(); ++i) text += '\n' + files[i].hex() + std::to_string(states.bytes(i));
  return digest_of(text);
}

}  // namespace fullshard::prepare
