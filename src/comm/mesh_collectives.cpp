#include "fullshard/comm/mesh_collectives.hpp"

#include <exception>

namespace fullshard::comm {

namespace {

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
      local_(local_axis(world, mesh, give_up_)),
      node_(node_axis(world, mesh, give_up_, options)),
      lane_(mesh.nodes() > 1 ? Lane::Kind::Thread : Lane::Kind::Inline) {}

MeshCollectives::MeshCollectives()
    : exceptions_at_start_(std::uncaught_exceptions()),
      local_(make_local_collectives()),
      node_(make_local_collectives()),
      lane_(Lane::Kind::Inline) {}

MeshCollectives::~MeshCollectives() {
  if (std::uncaught_exceptions() > exceptions_at_start_) give_up_.request();
}

}  // namespace fullshard::comm
