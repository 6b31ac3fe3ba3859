// watch_drill faults N | false-alarms SECONDS
//
// faults        stops, loops, cuts off … one rank after the other, N times; each time all others must be gone
// within
//               the limit, the log must name the right one, and a stopped rank that is woken up must not
//               write
// false-alarms  lets ranks run beside two busy processes with a limit of 2 s; then cuts one off for 2 s of a
// limit of
//               10 s. Nothing may end
#include "fault/watch_drill.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::drill {

namespace {

using watch::BootClock;

Shared& shared_memory() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Shared;
}

/// The ranks of one drill, from the outside.
class Drill {
 public:
  explicit Drill(const Plan& plan) : plan_(plan), shared_(shared_memory()) {
    for (int r = 0; r < plan.ranks; ++r) {
      const pid_t pid = ::fork();
      if (pid == 0) be_rank(r, plan_, shared_);
      pids_.push_back(pid);
      codes_.push_back(-1);
    }
  }
  ~Drill() {
    for (size_t r = 0; r < pids_.size(); ++r)
      if (codes_[r] < 0) ::kill(pids_[r], SIGKILL), ::waitpid(pids_[r], nullptr, 0);
    ::munmap(&shared_, sizeof shared_);
  }
  Drill(const Drill&) = delete;
  Drill& operator=(const Drill&) = delete;

  /// Waits for all ranks but one (-1: all); false if that takes longer than `patience`.
  bool wait_for_all_but(int rank, watch::Duration patience) {
    const auto end = BootClock::now() + patience;
    for (bool all = false; !all; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      if (BootClock::now() > end) return false;
      all = true;
      for (size_t r = 0; r < pids_.size(); ++r)
        if (static_cast<int>(r) != rank && !reap(r)) all = false;
    }
    return true;
  }
  void wake(int rank) { ::kill(pids_[static_cast<size_t>(rank)], SIGCONT); }
  int code(int rank) const { return codes_[static_cast<size_t>(rank)]; }
  const Shared& shared() const { return shared_; }

 private:
  bool reap(size_t r) {
    if (codes_[r] >= 0) return true;
    int status = 0;
    if (::waitpid(pids_[r], &status, WNOHANG) != pids_[r]) return false;
    codes_[r] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }

  Plan plan_;
  Shared& shared_;
  std::vector<pid_t> pids_;
  std::vector<int> codes_;
};

std::string name_of(Fault fault) {
  constexpr const char* kNames[] = {"none", "stop", "loop", "skip", "cut", "short cut"};
  return kNames[static_cast<int>(fault)];
}

std::string log_of(const Plan& plan) {
  return std::filesystem::exists(plan.log) ? read_file(plan.log) : "";
}

/// Why this is not the line that was to be written; empty if it is.
std::string wrong_line(const Plan& plan, const std::string& log) {
  const Collective waits = collective_of(plan.phase);
  std::string others = "wait in " + std::string(waits.operation) + " #",
              after = " over " + std::string(waits.axis) + " (";
  if (!waits.unit.empty()) after = " of " + std::string(waits.unit) + after;
  // Who skips a collective has gone on to the next phase.
  const Phase phase = plan.fault == Fault::Skip ? Phase::Update : plan.phase;
  const bool silent = plan.fault == Fault::Stop || plan.fault == Fault::Cut;
  for (const std::string& expected :
       {"fullshard: rank " + std::to_string(plan.rank) + " on " + host_of(plan.rank) +
            " has made no progress for ",
        std::string(fullshard::name_of(phase)), std::string(silent ? "stopped or cut off" : "does not go on"),
        plan.rank == 0 && silent ? "waits in " + std::string(waits.operation) : others, after})
    if (log.find(expected) == std::string::npos) return "expected \"" + expected + "\"";
  if (log.find('\n') + 1 != log.size()) return "expected one line";
  return "";
}

/// What went wrong, empty if nothing did.
std::string trial(const Plan& plan, double& seconds) {
  Drill drill(plan);
  const bool stops = plan.fault == Fault::Stop;
  if (!drill.wait_for_all_but(stops ? plan.rank : -1, std::chrono::seconds(30) + plan.base))
    return "ranks live on";
  seconds = static_cast<double>(BootClock::now().time_since_epoch().count() - drill.shared().fault_ns) * 1e-9;
  for (int r = 0; r < plan.ranks; ++r)
    if (drill.code(r) != 5 && !(stops && r == plan.rank))
      return "rank " + std::to_string(r) + " ended with " + std::to_string(drill.code(r)) + ", expected 5";
  const std::string log = log_of(plan);
  if (const std::string wrong = wrong_line(plan, log); !wrong.empty()) return wrong + ", found: " + log;
  // A rank that loops or skips is silent for no time: the limit is of progress, and looked at by the
  // heartbeat.
  const double limit = watch::seconds(plan.base) * (stops || plan.fault == Fault::Cut ? 1.0 : 1.3);
  if (seconds > limit) return "it took " + std::to_string(seconds) + " s, longer than the limit";
  if (!stops) return "";
  drill.wake(plan.rank);
  if (!drill.wait_for_all_but(-1, std::chrono::seconds(10))) return "the rank that was woken up lives on";
  if (drill.code(plan.rank) != 5)
    return "the rank that was woken up ended with " + std::to_string(drill.code(plan.rank));
  return log_of(plan) == log ? "" : "the rank that was woken up has written: " + log_of(plan);
}

std::vector<Plan> fault_plans(int count) {
  std::vector<Plan> plans = {{.fault = Fault::Stop, .rank = 3, .phase = Phase::Backward},
                             {.fault = Fault::Stop, .rank = 0, .phase = Phase::Save},
                             {.fault = Fault::Loop, .rank = 1, .phase = Phase::Forward},
                             {.fault = Fault::Skip, .rank = 2, .phase = Phase::Backward},
                             {.fault = Fault::Cut, .rank = 3, .phase = Phase::Update},
                             {.fault = Fault::Stop, .rank = 1, .phase = Phase::Startup},
                             {.fault = Fault::Loop, .rank = 0, .phase = Phase::Update}};
  for (const Phase phase : {Phase::Startup, Phase::Load, Phase::Forward, Phase::Backward, Phase::Update,
                            Phase::Evaluate, Phase::Save})
    for (int rank = 0; rank < 4; ++rank)
      plans.push_back({.fault = Fault::Stop, .rank = rank, .phase = phase});
  for (const Fault fault : {Fault::Loop, Fault::Skip})
    for (int rank = 0; rank < 4; ++rank)
      plans.push_back({.fault = fault, .rank = rank, .phase = Phase::Backward});
  std::vector<Plan> out;
  for (int i = 0; i < count; ++i) out.push_back(plans[static_cast<size_t>(i) % plans.size()]);
  return out;
}

int faults(int count) {
  const test::TempDir dir;
  int failed = 0, number = 0;
  for (Plan plan : fault_plans(count)) {
    plan.log = dir / ("log-" + std::to_string(++number));
    double seconds = 0;
    const std::string wrong = trial(plan, seconds);
    std::printf("%3d  rank %d  %-5s in %-10s  all gone after %.2f s of %.0f  %s\n", number, plan.rank,
                name_of(plan.fault).c_str(), std::string(fullshard::name_of(plan.phase)).c_str(), seconds,
                watch::seconds(plan.base), wrong.empty() ? "right" : wrong.c_str());
    std::fflush(stdout);
    failed += !wrong.empty();
  }
  std::printf("%d of %d right\n", count - failed, count);
  return failed == 0 ? 0 : 1;
}

/// Whether a run ended in peace.
bool peaceful(const Plan& plan, const char* what) {
  Drill drill(plan);
  bool good = drill.wait_for_all_but(-1, plan.run + std::chrono::seconds(30)) && log_of(plan).empty();
  for (int r = 0; r < plan.ranks; ++r) good = good && drill.code(r) == 0;
  std::printf("%s: %s %s\n", what, good ? "no alarm" : "an alarm:", log_of(plan).c_str());
  return good;
}

/// A process that takes a core, for as long as it is in scope.
class Busy {
 public:
  Busy() : pid_(::fork()) {
    if (pid_ == 0) loop_for_ever();
  }
  ~Busy() { ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  pid_t pid_;
};

int false_alarms(int run_seconds) {
  const test::TempDir dir;
  bool good = true;
  {
    const Busy one, two;
    good = peaceful({.run = std::chrono::seconds(run_seconds), .log = dir / "log"}, "under load");
  }
  const Plan cut{.fault = Fault::ShortCut,
                 .rank = 2,
                 .phase = Phase::Backward,
                 .base = std::chrono::seconds(10),
                 .cut = std::chrono::seconds(2),
                 .run = std::chrono::seconds(12),
                 .log = dir / "log"};
  return peaceful(cut, "a rank cut off for 2 s") && good ? 0 : 1;
}

}  // namespace

}  // namespace fullshard::drill

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "faults") == 0) return fullshard::drill::faults(std::atoi(argv[2]));
  if (argc == 3 && std::strcmp(argv[1], "false-alarms") == 0)
    return fullshard::drill::false_alarms(std::atoi(argv[2]));
  std::fputs("usage: watch_drill faults N | false-alarms SECONDS\n", stderr);
  return 2;
}
