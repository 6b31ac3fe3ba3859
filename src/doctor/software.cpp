#include "doctor/software.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "doctor/words.hpp"

namespace fullshard::doctor {

namespace {

const RankFacts& first_of(std::span<const RankFacts> all, const Group& group) {
  return all[static_cast<size_t>(group.ranks.front())];
}

std::vector<int> all_but(const std::vector<Group>& found) {
  std::vector<int> ranks;
  for (size_t g = 1; g < found.size(); ++g)
    ranks.insert(ranks.end(), found[g].ranks.begin(), found[g].ranks.end());
  std::ranges::sort(ranks);
  return ranks;
}

// What ranks talk or compute through; other libraries change results in their last bits at most.
bool decides(std::string_view library) {
  return std::ranges::any_of(std::array{"mpi", "open-pal", "open-rte", "pmix", "torch", "c10", "hdf5"},
                             [&](const char* part) { return library.find(part) != std::string_view::npos; });
}

/// Names of libraries that both lists have, in different builds.
std::vector<std::string> differing(const std::string& a, const std::string& b) {
  std::map<std::string, std::string, std::less<>> builds;
  for (const std::string& entry : parts(a, ';')) builds.emplace(entry.substr(0, entry.find('=')), entry);
  std::vector<std::string> names;
  for (const std::string& entry : parts(b, ';')) {
    const auto at = builds.find(entry.substr(0, entry.find('=')));
    if (at != builds.end() && at->second != entry) names.push_back(at->first);
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 4;
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) out += (i ? ", " : "") + names[i];
  return names.size() > kShown ? out + fmt::format(" and {} more", names.size() - kShown) : out;
}

}  // namespace

Finding judge_program(std::span<const RankFacts> all) {
  const std::vector<Group> found =
      groups(all, [](const RankFacts& f) { return f.program_digest.empty() ? "unread" : f.program_digest; });
  const RankFacts& usual = first_of(all, found.front());
  Finding f{.check = "program"};
  f.text = fmt::format("{} ({})", usual.program, usual.program_digest.substr(0, 8));
  if (found.size() == 1) {
    f.text = "all ranks run " + f.text;
    return f;
  }
  const RankFacts& other = first_of(all, found[1]);
  f.verdict = Verdict::Fail;
  f.text = fmt::format("expected one program, found {} ({}) at {} and {} at {}", other.program,
                       other.program_digest.substr(0, 8), who(all, all_but(found)), f.text,
                       who(all, found.front().ranks));
  f.remedy = "start one file from a shared file system on all nodes, and install it anew where it is copied";
  return f;
}

Finding judge_libraries(std::span<const RankFacts> all) {
  Finding f{.check = "libraries"};
  f.remedy = "load the same modules and set the same LD_LIBRARY_PATH on all nodes";
  const std::vector<Group> versions = groups(all, [](const RankFacts& r) { return r.versions; });
  if (versions.size() > 1) {
    f.verdict = Verdict::Fail;
    f.text = fmt::format("expected one set of versions, found {} at {} and {} at {}", versions[1].value,
                         who(all, all_but(versions)), versions[0].value, who(all, versions.front().ranks));
    return f;
  }
  const std::vector<Group> builds = groups(all, [](const RankFacts& r) { return r.libraries; });
  for (size_t g = 1; g < builds.size(); ++g) {
    const std::vector<std::string> names = differing(builds.front().value, builds[g].value);
    if (names.empty()) continue;
    f.verdict = std::ranges::any_of(names, decides) ? Verdict::Fail : Verdict::Warn;
    f.text = fmt::format("expected the same builds, found others of {} at {}", listed(names),
                         who(all, builds[g].ranks));
    if (f.verdict == Verdict::Warn) f.text += "; results may differ in their last bits";
    return f;
  }
  f.remedy.clear();
  std::string named;
  for (const std::string& version : parts(versions.front().value, ';')) named += version + ", ";
  f.text = fmt::format("{}{} in the same builds", named,
                       counted(static_cast<int64_t>(parts(builds[0].value, ';').size()), "library file"));
  return f;
}

Finding judge_processors(std::span<const RankFacts> all) {
  const auto describe = [](const RankFacts& r) {
    return fmt::format("{} ({})", r.processor.empty() ? "unknown" : r.processor, r.instruction_set);
  };
  const std::vector<Group> found = groups(all, describe);
  Finding f{.check = "processor", .text = found.front().value};
  if (found.size() == 1) return f;
  f.verdict = Verdict::Warn;
  f.text = fmt::format("expected one kind, found {} at {} and {} at {}", found[1].value,
                       who(all, all_but(found)), found.front().value, who(all, found.front().ranks));
  f.remedy = "the slowest sets the pace, and equal bits are promised on one kind only: sbatch --constraint=…";
  return f;
}

}  // namespace fullshard::doctor
