#include "checkpoint/lock_holder.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <sstream>

#include "checkpoint/names.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::checkpoint {

namespace {

/// The 22nd field of /proc/<pid>/stat (proc(5)); -1 if there is no such process, or only its exit status is
/// left, which nobody may ever collect in a container.
int64_t start_time_of(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return -1;
  // The second field is the program's name in parentheses and may contain anything, ')' too.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped, state;
  fields >> state;
  if (state == "Z" || state == "X") return -1;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  int64_t start = -1;
  fields >> start;
  return start;
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string first_line(const char* path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

std::string own_pid_namespace() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

std::chrono::seconds uptime() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::chrono::seconds(t.tv_sec);
}

}  // namespace

LockHolder LockHolder::self() {
  LockHolder me;
  me.host = host_name();
  me.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  me.pid_namespace = own_pid_namespace();
  me.pid = ::getpid();
  me.start_time = start_time_of(me.pid);
  me.since = utc_now();
  return me;
}

std::string LockHolder::to_json() const {
  JsonWriter w{2};
  w.begin_object().key("host").value(host).key("boot_id").value(boot_id);
  w.key("pid_namespace").value(pid_namespace).key("pid").value(pid).key("start_time").value(start_time);
  w.key("job").value(job).key("restart").value(restart).key("since").value(since).end_object();
  return w.str() + "\n";
}

LockHolder LockHolder::from_json(std::string_view text, const std::filesystem::path& path) {
  try {
    const boost::json::value root = boost::json::parse({text.data(), text.size()});
    const boost::json::object& o = root.as_object();
    const auto string = [&](const char* key) { return std::string(o.at(key).as_string()); };
    return {.host = string("host"),
            .boot_id = string("boot_id"),
            .pid_namespace = string("pid_namespace"),
            .pid = o.at("pid").as_int64(),
            .start_time = o.at("start_time").as_int64(),
            .job = string("job"),
            .restart = o.at("restart").as_int64(),
            .since = string("since")};
  } catch (const std::exception& e) {
    throw CheckpointError(path, std::string("is not a lock of this program (") + e.what() +
                                    "); if no job uses this directory, remove the file");
  }
}

std::string LockHolder::describe() const {
  return fmt::format("process {} on {}{} since {}", pid, host, job.empty() ? "" : " (job " + job + ")",
                     since);
}

bool is_gone(const LockHolder& holder, const LockHolder& me, Silence silence) {
  if (!holder.job.empty() && holder.job == me.job && holder.restart < me.restart) return true;
  if (holder.host == me.host && holder.boot_id == me.boot_id && holder.pid_namespace == me.pid_namespace) {
    if (holder.pid < 1 || (::kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno == ESRCH)) return true;
    return start_time_of(holder.pid) != holder.start_time;  // the number may have gone to another process
  }
  // Not only another boot id: two machines may share a host name.
  if (holder.host == me.host && holder.boot_id != me.boot_id && silence.length > uptime()) return true;
  return silence.length > silence.limit;
}

}  // namespace fullshard::checkpoint
