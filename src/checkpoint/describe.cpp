#include "fullshard/checkpoint/describe.hpp"

#include <fmt/format.h>

#include <map>

#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::checkpoint {

namespace {

struct GroupTotal {
  int64_t tensors = 0;
  Elems elements;
  Bytes size;
};

std::string line(std::string_view label, std::string_view text) {
  return fmt::format("{:<14}{}\n", label, text);
}

std::string groups(const Manifest& m) {
  std::map<std::string, GroupTotal> totals;
  for (const StoredTensor& t : m.tensors) {
    GroupTotal& g = totals[fmt::format("{} ({})", t.group, name_of(t.dtype))];
    ++g.tensors;
    g.elements += t.count();
    g.size += bytes(t.count(), t.dtype);
  }
  std::string text;
  for (const auto& [name, g] : totals)
    text += line(text.empty() ? "state" : "", fmt::format("{}: {} tensors, {} elements, {}", name, g.tensors,
                                                          with_thousands(g.elements.value), human(g.size)));
  return text;
}

// A line per tensor, and one for all: what the data has, beside what the manifest says.
Description digests_of(const CheckpointReader& reader) {
  const Examination found = reader.examine();
  Description d;
  Digest all;
  d.text = "\n";
  for (size_t t = 0; t < found.tensors.size(); ++t) {
    const StoredTensor& tensor = reader.tensors()[t];
    d.text += fmt::format("  {:<72} {}\n", tensor.group + "/" + tensor.name, found.tensors[t].hex());
    all += state_part(tensor, found.tensors[t]);
  }
  const Digest recorded = state_digest(reader.manifest());
  d.text += "\n" + line("digest", fmt::format("{}  ({} says {})", all.hex(), kManifestName,
                                              all == recorded ? "the same" : recorded.hex()));
  for (const Damage& damage : found.damage) d.damage.push_back(damage.file.string() + ": " + damage.what);
  return d;
}

}  // namespace

Description describe_checkpoint(const std::filesystem::path& checkpoint, Digests digests) {
  const CheckpointReader reader = CheckpointReader::open(checkpoint);
  const Manifest& m = reader.manifest();
  std::string text = line("checkpoint", checkpoint.string());
  text += line("step", fmt::format("{} (data of {} steps consumed)", m.run.step, m.run.data_cursor));
  text += line("written", m.created);
  text += line("by", m.run.environment);
  text += line("uuid", m.uuid);
  text += line("model hash", m.run.model_hash) + line("layout hash", m.run.layout_hash);
  for (const StoredFile& f : m.files) text += line("file", fmt::format("{}, {}", f.name, human(f.size)));
  text += groups(m);
  for (const Tie& t : m.run.ties) text += line("tied", t.name + " = " + t.same_as);
  for (const SideFile& f : m.side_files) text += line("beside", fmt::format("{}, {}", f.name, human(f.size)));
  if (digests == Digests::Omit) {
    text +=
        line("digest", fmt::format("{}  (of the manifest; --digest reads the data)", state_digest(m).hex()));
    return {std::move(text), {}};
  }
  Description d = digests_of(reader);
  d.text = text + d.text;
  return d;
}

}  // namespace fullshard::checkpoint
