#include "fullshard/mpi/link_probe.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/error.hpp"
#include "mpi/native.hpp"

namespace fullshard::mpi {

namespace {

constexpr int kTag = 0x5ca1e;
constexpr int kPings = 20, kSamples = 3;
constexpr int64_t kSmallest = int64_t{16} << 10, kLargest = int64_t{16} << 20;
// Long against what a kernel adds, short against the time that a busy one gives to others: some are
// undisturbed.
constexpr double kLongEnough = 0.004;
constexpr double kPatience = 10;  // budgets after which a link is slow enough to be told

/// Messages between two ranks, none of which is waited for without end.
class Line {
 public:
  Line(const Communicator& comm, int peer, double silence_seconds)
      : comm_(comm.native().comm), peer_(peer), silence_seconds_(silence_seconds) {}

  void send(const void* data, int64_t bytes) const {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(data, static_cast<int>(bytes), MPI_BYTE, peer_, kTag, comm_, &request), "MPI_Isend");
    wait(request);
  }
  void receive(void* data, int64_t bytes) const {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(data, static_cast<int>(bytes), MPI_BYTE, peer_, kTag, comm_, &request), "MPI_Irecv");
    wait(request);
  }
  void send(double value) const { send(&value, sizeof value); }
  double receive() const {
    double value = 0;
    receive(&value, sizeof value);
    return value;
  }

 private:
  void wait(MPI_Request& request) const {
    const Stopwatch waited;
    for (int done = 0;;) {
      check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      if (done) return;
      if (waited.seconds() > silence_seconds_) give_up(request);
      std::this_thread::yield();  // the peer may share this core
    }
  }
  [[noreturn]] void give_up(MPI_Request& request) const {
    MPI_Cancel(&request);  // a small message that comes late must not be written into this stack
    MPI_Request_free(&request);
    throw CommError("link probe", fmt::format("rank {} was silent for {} s; see whether it lives and whether "
                                              "its node can be reached over the network",
                                              peer_, silence_seconds_));
  }

  MPI_Comm comm_;
  int peer_;
  double silence_seconds_;
};

double fastest_round_trip(const Line& line) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kPings; ++i) {
    const Stopwatch trip;
    line.send(0.0);
    line.receive();
    best = std::min(best, trip.seconds());
  }
  return best;
}

void answer_pings(const Line& line) {
  for (int i = 0; i < kPings; ++i) {
    line.receive();
    line.send(0.0);
  }
}

/// Seconds that `size` bytes take to the peer, which must be in take().
double sending(const Line& line, int64_t size, double latency, std::vector<std::byte>& buffer) {
  buffer.resize(static_cast<size_t>(size));
  line.send(static_cast<double>(size));
  line.receive();  // the peer has its memory at hand
  const Stopwatch trip;
  line.send(buffer.data(), size);
  line.receive();
  return std::max(trip.seconds() - latency, 1e-9);  // the acknowledgement is on the way for one latency
}

// Each size is announced, 0 ends: only the sender knows how long things take. The fastest of a few counts, so
// that a moment in which the other side did not run is not taken for a slow link.
double measured_sending(const Line& line, double latency, double budget, std::vector<std::byte>& buffer) {
  const Stopwatch all;
  double fastest = 0;
  int64_t size = kSmallest;
  const auto one_more = [&] { fastest = std::min(fastest, sending(line, size, latency, buffer)); };
  for (;; size *= 4) {
    fastest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kSamples && (i == 0 || all.seconds() < kPatience * budget); ++i) one_more();
    if (fastest > kLongEnough || size >= kLargest || all.seconds() > kPatience * budget) break;
  }
  while (all.seconds() < budget) one_more();
  line.send(0.0);
  return static_cast<double>(size) / fastest;
}

void take(const Line& line, std::vector<std::byte>& buffer) {
  while (const double announced = line.receive()) {
    const auto size = static_cast<int64_t>(announced);
    if (size < 1 || size > kLargest)
      throw CommError("link probe", fmt::format("expected a message of at most {} bytes, found {} announced; "
                                                "start the same program on all ranks",
                                                kLargest, announced));
    buffer.resize(static_cast<size_t>(size));
    line.send(0.0);
    line.receive(buffer.data(), size);
    line.send(0.0);
  }
}

enum class Turn { First, Second };

LinkSpeed measured(const Line& line, Turn turn, double budget, std::vector<std::byte>& buffer) {
  LinkSpeed speed;
  if (turn == Turn::First) {
    speed.latency_seconds = fastest_round_trip(line) / 2;
    line.send(speed.latency_seconds);
    speed.to_peer = measured_sending(line, speed.latency_seconds, budget, buffer);
    take(line, buffer);
    line.send(speed.to_peer);
    speed.from_peer = line.receive();
  } else {
    answer_pings(line);
    speed.latency_seconds = line.receive();
    take(line, buffer);
    speed.to_peer = measured_sending(line, speed.latency_seconds, budget, buffer);
    speed.from_peer = line.receive();
    line.send(speed.to_peer);
  }
  return speed;
}

}  // namespace

LinkSpeed probe_link(const Communicator& comm, int peer, const LinkProbe& probe) {
  // Touched before the clock runs.
  auto buffer = std::make_unique<std::vector<std::byte>>(static_cast<size_t>(kLargest));
  try {
    return measured(Line(comm, peer, probe.silence_seconds), comm.rank() < peer ? Turn::First : Turn::Second,
                    probe.seconds / 2, *buffer);
  } catch (const CommError&) {
    static_cast<void>(buffer.release());  // lost on purpose: half of a large message may still come in
    throw;
  }
}

ClockOffset probe_clock(const Communicator& comm, int peer, const std::function<double()>& clock,
                        const LinkProbe& probe) {
  const Line line(comm, peer, probe.silence_seconds);
  if (comm.rank() > peer) {
    for (int i = 0; i < kPings; ++i) {
      line.receive();
      line.send(clock());
    }
    const double ahead = line.receive();
    return {-ahead, line.receive()};
  }
  ClockOffset best{0, std::numeric_limits<double>::infinity()};
  for (int i = 0; i < kPings; ++i) {
    const Stopwatch trip;
    const double before = clock();
    line.send(0.0);
    const double theirs = line.receive();
    const double half = trip.seconds() / 2;
    if (half < best.uncertainty) best = {theirs - (before + half), half};
  }
  line.send(best.seconds);
  line.send(best.uncertainty);
  return best;
}

}  // namespace fullshard::mpi
