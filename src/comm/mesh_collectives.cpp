#include "fullshard/comm/mesh_collectives.hpp"

#include <exception>
#include <utility>

#include "comm/nccl/nccl_axes.hpp"
#include "comm/recording/recording_collectives.hpp"
#include "fullshard/core/clock.hpp"

namespace fullshard::comm {

namespace {

using mesh::Axis;

std::unique_ptr<Collectives> local_axis(const mpi::Communicator& world, const mesh::Mesh& mesh,
                                        const GiveUp& give_up) {
  const mesh::Coordinates here = mesh.at(WorldRank(world.rank()));
  mpi::Communicator group = world.split(here.node.value, here.local.value);
  return mesh.local_size() == 1 ? make_local_collectives()
                                : make_shared_memory_collectives(std::move(group), give_up);
}

std::unique_ptr<Collectives> node_axis(const mpi::Communicator& world, const mesh::Mesh& mesh,
                                       const GiveUp& give_up, const Transfers& transfers) {
  const mesh::Coordinates here = mesh.at(WorldRank(world.rank()));
  mpi::Communicator group = world.split(here.local.value, here.node.value);
  return mesh.nodes() == 1 ? make_local_collectives()
                           : make_mpi_collectives(std::move(group), give_up, transfers);
}

}  // namespace

MeshCollectives::MeshCollectives(const mpi::Communicator& world, const mesh::Mesh& mesh,
                                 const Transfers& transfers)
    : exceptions_at_start_(std::uncaught_exceptions()),
      device_(transfers.device),
      agreement_(world.duplicate()) {
  Recorder recorder{journal_, transfers.sum_transfer};
  if (device_.is_host()) {
    local_ = record(local_axis(world, mesh, give_up_), Axis::Local, recorder);
    node_ = record(node_axis(world, mesh, give_up_, transfers), Axis::Node, recorder);
    if (mesh.nodes() > 1)
      lanes_.push_back(std::make_unique<ThreadLane>());
    else
      lanes_.push_back(std::make_unique<InlineLane>());
    return;
  }
  for (int flow = 0; flow < 2; ++flow) lanes_.push_back(std::make_unique<StreamLane>(device_));
  clock_.emplace(device_);
  recorder.clock = &*clock_;
  recorder.launched = &launched_.emplace(device_);
  recorder.stream = [this]() -> const device::Stream& { return stream(); };
  NcclAxes axes = make_nccl_axes(world, mesh, transfers, recorder.stream, give_up_);
  local_ = record(std::move(axes.local), Axis::Local, recorder);
  node_ = record(std::move(axes.node), Axis::Node, recorder);
}

MeshCollectives::MeshCollectives()
    : exceptions_at_start_(std::uncaught_exceptions()),
      local_(make_local_collectives()),
      node_(make_local_collectives()) {
  lanes_.push_back(std::make_unique<InlineLane>());
}

MeshCollectives::MeshCollectives(const mesh::Mesh& mesh, WorldRank rank, const Transfers& transfers)
    : exceptions_at_start_(std::uncaught_exceptions()), on_paper_(true) {
  const Recorder recorder{journal_, transfers.sum_transfer};
  const bool shares_memory = transfers.device.is_host();
  local_ = record(make_paper_collectives({mesh.at(rank).local.value, mesh.local_size()}, shares_memory),
                  Axis::Local, recorder);
  node_ =
      record(make_paper_collectives({mesh.at(rank).node.value, mesh.nodes()}, false), Axis::Node, recorder);
  lanes_.push_back(std::make_unique<InlineLane>());
}

MeshCollectives::~MeshCollectives() {
  if (std::uncaught_exceptions() > exceptions_at_start_) give_up_.request();
  if (followed_by_) followed_by_->follow(nullptr);
}

bool MeshCollectives::any(bool mine) {
  return agreement_ ? agreement_->max(int64_t{mine}) != 0 : mine;
}

MeshCollectives::Ticket MeshCollectives::submit(Flow flow, UnitIndex unit, std::function<void()> work) {
  const double begin = steady_seconds();
  const size_t lane = lane_of(flow);
  const Lane::Ticket number = lanes_[lane]->submit([this, unit, lane, inner = std::move(work)] {
    in_use_ = lane;
    journal_.set_unit(unit);
    inner();
  });
  if (!overlaps()) journal_.add(Wait{unit, begin, steady_seconds()});
  return {lane, number};
}

template <class Waiting>
void MeshCollectives::count_wait(UnitIndex unit, const Waiting& waiting) {
  if (!clock_) {
    const double begin = steady_seconds();
    waiting();
    journal_.add(Wait{unit, begin, steady_seconds()});
    return;
  }
  const device::Stream computing = device::Stream::computing(device_);
  const DeviceClock::Mark begin = clock_->mark(computing);
  waiting();
  clock_->note(begin, clock_->mark(computing), [this, unit](double from, double to) {
    journal_.add(Wait{unit, from, to});
  });
}

void MeshCollectives::wait(Ticket ticket, UnitIndex unit) {
  if (!overlaps() || ticket.number == 0) return;
  count_wait(unit, [&] { lanes_[ticket.lane]->wait(ticket.number); });
}

void MeshCollectives::drain() {
  if (!overlaps()) return;
  count_wait(UnitIndex(-1), [&] {
    for (const auto& lane : lanes_) lane->drain();
  });
  if (clock_) clock_->settle(DeviceClock::Wait::No);
}

void MeshCollectives::report_to(ProgressBoard& board, std::vector<std::string> unit_names) {
  journal_.report_to(&board, std::move(unit_names));
  if (!launched_) return;
  followed_by_ = &board;
  board.follow(&*launched_);
}

Journal& MeshCollectives::journal() {
  if (clock_) clock_->settle(DeviceClock::Wait::ForAll);
  return journal_;
}

}  // namespace fullshard::comm
