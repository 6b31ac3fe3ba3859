#include "doctor/inputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "doctor/words.hpp"

namespace fullshard::doctor {

std::vector<std::string> probe_inputs(const mpi::Communicator& world,
                                      const std::vector<std::filesystem::path>& paths,
                                      const Progress& progress) {
  std::string list;
  for (const std::filesystem::path& path : paths) list += path.string() + '\0';
  std::string problem;
  progress("inputs", Activity::Waiting);
  list = world.broadcast(list);
  progress("inputs", Activity::Working);
  for (const std::string& path : parts(list, '\0')) {
    if (::access(path.c_str(), R_OK) == 0) continue;
    problem = fmt::format("{}: {}", path, errno_text(errno));
    break;
  }
  progress("inputs", Activity::Waiting);
  return world.all_gather(problem);
}

Finding judge_inputs(std::span<const RankFacts> all, std::span<const std::string> problems) {
  Finding f{.check = "inputs",
            .text = "all ranks see the run file, the model and the data",
            .code = ExitCode::Refused};
  std::vector<int> blind;
  for (size_t r = 0; r < problems.size(); ++r)
    if (!problems[r].empty()) blind.push_back(static_cast<int>(r));
  if (blind.empty()) return f;
  f.verdict = Verdict::Fail;
  f.text = fmt::format("{} cannot read {}", who(all, blind), problems[static_cast<size_t>(blind.front())]);
  f.remedy = "put what a run reads on a file system that all nodes share";
  return f;
}

}  // namespace fullshard::doctor
