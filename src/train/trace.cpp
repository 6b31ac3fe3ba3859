#include "fullshard/train/trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace {

enum class Row : int64_t { Computing, Waiting, Communicating };

// The format's only event that is needed: "X", a name from ts on for dur, in microseconds.
class EventList {
 public:
  EventList(int64_t rank, double start) : rank_(rank), start_(start) {}

  // What a GPU computes is launched long before it happens: the host tells no more than that.
  void name_rows(const std::string& process, DeviceId device) {
    metadata("process_name", Row::Computing, process);
    metadata("thread_name", Row::Computing, device.is_host() ? "computing" : "launching");
    metadata("thread_name", Row::Waiting, "waiting for communication");
    metadata("thread_name", Row::Communicating, "communicating");
  }
  void add(Row row, const std::string& name, double begin, double end, Bytes sent = {}) {
    JsonWriter w;
    w.begin_object().key("ph").value("X").key("name").value(name);
    place(w, row).key("ts").value((begin - start_) * 1e6).key("dur").value((end - begin) * 1e6);
    if (sent.value > 0) w.key("args").begin_object().key("sent_bytes").value(sent.value).end_object();
    append(w.end_object().str());
  }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& place(JsonWriter& w, Row row) {
    return w.key("pid").value(rank_).key("tid").value(static_cast<int64_t>(row));
  }
  void metadata(const char* what, Row row, const std::string& name) {
    JsonWriter w;
    w.begin_object().key("ph").value("M").key("name").value(what);
    place(w, row).key("args").begin_object().key("name").value(name).end_object();
    append(w.end_object().str());
  }
  void append(const std::string& event) { text_ += (text_.empty() ? "" : ",\n") + event; }

  int64_t rank_;
  double start_;
  std::string text_;
};

}  // namespace

Trace::Trace(Engine& engine, const mpi::Communicator& world) : engine_(engine), world_(world) {
  engine_.axes.journal().keep(true);
  engine_.loop.timeline().keep(true);
  world.barrier();  // clocks of machines differ; the moment after a barrier does not
  start_ = steady_seconds();
}

std::string Trace::events() const {
  const mesh::Coordinates here = engine_.here();
  const auto unit = [&](UnitIndex u) { return u.value < 0 ? "" : " " + engine_.spec.unit(u).name; };
  EventList list(world_.rank(), start_);
  list.name_rows(fmt::format("rank {} (node {}, local {})", world_.rank(), here.node.value, here.local.value),
                 engine_.device);
  for (const Stretch& s : engine_.loop.timeline().kept())
    list.add(Row::Computing, std::string(s.what) + unit(s.unit), s.begin, s.end);
  const comm::Journal& journal = engine_.axes.journal();
  for (const comm::Wait& w : journal.waits()) list.add(Row::Waiting, "wait" + unit(w.unit), w.begin, w.end);
  for (const comm::Entry& e : journal.entries())
    list.add(Row::Communicating, fmt::format("{} {}{}", name_of(e.operation), name_of(e.axis), unit(e.unit)),
             e.begin, e.end, e.sent);
  return list.take();
}

void Trace::write(const std::filesystem::path& path) {
  const std::vector<std::string> all = world_.all_gather(events());
  engine_.axes.journal().keep(false);
  engine_.loop.timeline().keep(false);
  mpi::on_rank_zero(world_, [&] {
    write_file_atomically(path, fmt::format("{{\"traceEvents\": [\n{}\n]}}\n", fmt::join(all, ",\n")));
  });
}

}  // namespace fullshard::train
