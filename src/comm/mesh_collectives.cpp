#include "fullshard/comm/mesh_collectives.hpp"

#include <exception>
#include <utility>

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
                                       const GiveUp& give_up, const MpiOptions& options) {
  const mesh::Coordinates here = mesh.at(WorldRank(world.rank()));
  mpi::Communicator group = world.split(here.local.value, here.node.value);
  return mesh.nodes() == 1 ? make_local_collectives()
                           : make_mpi_collectives(std::move(group), give_up, options);
}

}  // namespace

MeshCollectives::MeshCollectives(const mpi::Communicator& world, const mesh::Mesh& mesh,
                                 const MpiOptions& options)
    : exceptions_at_start_(std::uncaught_exceptions()),
      local_(make_recording_collectives(local_axis(world, mesh, give_up_), Axis::Local, journal_,
                                        options.sum_transfer)),
      node_(make_recording_collectives(node_axis(world, mesh, give_up_, options), Axis::Node, journal_,
                                       options.sum_transfer)),
      lane_(mesh.nodes() > 1 ? Lane::Kind::Thread : Lane::Kind::Inline) {}

MeshCollectives::MeshCollectives()
    : exceptions_at_start_(std::uncaught_exceptions()),
      local_(make_local_collectives()),
      node_(make_local_collectives()),
      lane_(Lane::Kind::Inline) {}

MeshCollectives::MeshCollectives(const mesh::Mesh& mesh, WorldRank rank, const MpiOptions& options)
    : exceptions_at_start_(std::uncaught_exceptions()),
      local_(make_paper_collectives({mesh.at(rank).local.value, mesh.local_size()}, Axis::Local, journal_,
                                    options.sum_transfer)),
      node_(make_paper_collectives({mesh.at(rank).node.value, mesh.nodes()}, Axis::Node, journal_,
                                   options.sum_transfer)),
      lane_(Lane::Kind::Inline),
      on_paper_(true) {}

MeshCollectives::~MeshCollectives() {
  if (std::uncaught_exceptions() > exceptions_at_start_) give_up_.request();
}

bool MeshCollectives::any(bool mine) {
  int32_t flag = mine ? 1 : 0;
  const DeviceSpan span = device_span(std::span(&flag, 1));
  local_->all_combine(span);
  node_->all_combine(span);
  return flag != 0;
}

MeshCollectives::Ticket MeshCollectives::submit(UnitIndex unit, std::function<void()> work) {
  const double begin = steady_seconds();
  last_ = lane_.submit([this, unit, inner = std::move(work)] {
    journal_.set_unit(unit);
    inner();
  });
  if (!overlaps()) journal_.add(Wait{unit, begin, steady_seconds()});
  return last_;
}

void MeshCollectives::wait(Ticket ticket, UnitIndex unit) {
  if (!overlaps()) return;
  const double begin = steady_seconds();
  lane_.wait(ticket);
  journal_.add(Wait{unit, begin, steady_seconds()});
}

}  // namespace fullshard::comm
