#include "fullshard/checkpoint/writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <string>

#include "checkpoint/byte_gaps.hpp"
#include "checkpoint/extent_table.hpp"
#include "checkpoint/hdf5/state_file.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/publish.hpp"
#include "checkpoint/reserve.hpp"
#include "checkpoint/uncached_reader.hpp"
#include "checkpoint/uncached_writer.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/device/staging.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::checkpoint {

namespace {

using std::filesystem::path;

/// What all ranks know once rank 0 has made the file.
struct Plan {
  std::string uuid;
  path directory;              // still under its partial name
  std::vector<Bytes> offsets;  // of each tensor in state.h5
  Bytes uuid_offset, file_size;
  path state() const { return directory / kStateName; }
};

void check_request(const WriteRequest& r) {
  std::set<std::pair<std::string_view, std::string_view>> names;
  FS_CHECK(r.run.step >= 0 && r.run.data_cursor >= 0, "step {}, data cursor {}", r.run.step,
           r.run.data_cursor);
  for (const TensorSpec& t : r.tensors) {
    if (!is_plain_name(t.group) || !is_plain_name(t.name) || t.group == "uuid")
      throw CheckpointError(r.output_dir, fmt::format("a tensor '{}/{}' cannot be stored: its name must be 1 "
                                                      "to 255 bytes without '/'; rename it in the model",
                                                      t.group, t.name));
    FS_CHECK(names.emplace(t.group, t.name).second, "{}/{} is given twice", t.group, t.name);
    t.count();
  }
  for (const WriteExtent& e : r.extents) {
    FS_CHECK(e.tensor < r.tensors.size(), "an extent of tensor {} of {}", e.tensor, r.tensors.size());
    FS_CHECK(e.data.dtype == r.tensors[e.tensor].dtype, "{}: an extent of {} of a tensor of {}",
             r.tensors[e.tensor].name, name_of(e.data.dtype), name_of(r.tensors[e.tensor].dtype));
  }
}

// A hash of what must be the same on all ranks, so that a difference is an error and not a wrong file.
uint64_t fingerprint(const WriteRequest& r) {
  uint64_t h = hash64(fmt::format("{} {}", r.run.step, r.output_dir.string()));
  for (const TensorSpec& t : r.tensors)
    h = hash64(fmt::format("{}\n{}\n{}\n{}", t.group, t.name, fmt::join(t.shape, ","), name_of(t.dtype)), h);
  return h;
}

ExtentTable agree_on_extents(const mpi::Communicator& comm, const WriteRequest& r) {
  mpi::together(comm, [&] { check_request(r); });
  const auto mine = static_cast<int64_t>(fingerprint(r));
  const bool same = comm.min(mine) == comm.max(mine);
  std::vector<TableEntry> entries;
  for (const WriteExtent& e : r.extents)
    entries.push_back({static_cast<int64_t>(e.tensor), e.first, e.data.count});
  ExtentTable table = exchange_extents(comm, entries);
  mpi::together(comm, [&] {
    FS_CHECK(same, "ranks were asked to write different tensors at step {}", r.run.step);
    check_coverage(table, r.tensors);
  });
  return table;
}

void make_directory(const path& directory) {
  if (::mkdir(directory.c_str(), 0777) != 0)
    throw IoError(directory, -1, "cannot create the directory: " + errno_text(errno));
}

Bytes size_of_file(const FileDescriptor& fd, const path& file) {
  struct stat s {};
  if (::fstat(fd.get(), &s) != 0) throw IoError(file, -1, "cannot stat: " + errno_text(errno));
  return {static_cast<int64_t>(s.st_size)};
}

void make_state_file(const WriteRequest& r, Plan& plan) {
  // Before HDF5 begins: its own error paths on a full disk or a limited file size are not to be trusted.
  reserve(open_file(plan.state(), O_RDWR | O_CREAT | O_EXCL), plan.state(),
          hdf5::largest_state_file(r.tensors));
  hdf5::StateLayout layout = hdf5::create_state_file(plan.state(), plan.uuid, r.tensors);
  plan.offsets = std::move(layout.offsets);
  plan.uuid_offset = layout.uuid_offset;
  const FileDescriptor fd = open_file(plan.state(), O_RDWR);
  plan.file_size = size_of_file(fd, plan.state());
  reserve(fd, plan.state(), plan.file_size);
  fsync_file(fd, plan.state());
  fsync_directory(plan.directory);
}

void share(const mpi::Communicator& comm, Plan& plan) {
  std::string packed(plan.offsets.size() * sizeof(Bytes), '\0');
  std::memcpy(packed.data(), plan.offsets.data(), packed.size());
  packed = comm.broadcast(packed);
  plan.offsets.resize(packed.size() / sizeof(Bytes));
  std::memcpy(plan.offsets.data(), packed.data(), packed.size());
}

/// Writes this rank's extents and returns its part of each tensor's digest.
std::vector<Digest> write_extents(const WriteRequest& r, const Plan& plan) {
  std::vector<Digest> digests(r.tensors.size());
  if (r.extents.empty()) return digests;
  UncachedWriter file(plan.state());
  device::Staging staging;
  for (const WriteExtent& e : r.extents)
    staging.read(e.data, [&](Elems first, ConstDeviceSpan piece) {
      const Bytes at = plan.offsets[e.tensor] + bytes(e.first + first, piece.dtype);
      file.write(piece.data, piece.size().value, at.value);
      digests[e.tensor] += digest_of(piece, e.first + first);
    });
  file.sync();
  return digests;
}

/// The rank whose extents this one reads back: on another node where ranks are placed node by node.
size_t partner_of(const mpi::Communicator& comm) {
  const int64_t per_node = comm.max(int64_t{comm.split_shared().size()});
  const int64_t shift = per_node % comm.size() == 0 ? 1 : per_node;
  return static_cast<size_t>((comm.rank() + shift) % comm.size());
}

std::vector<Digest> read_back(const WriteRequest& r, const Plan& plan,
                              const std::vector<TableEntry>& entries) {
  std::vector<Digest> digests(r.tensors.size());
  if (entries.empty()) return digests;
  UncachedReader reader(plan.state());
  for (const TableEntry& e : entries) {
    const auto t = static_cast<size_t>(e.tensor);
    const DType dtype = r.tensors[t].dtype;
    digests[t] += reader.digest(dtype, e.first, e.count, plan.offsets[t] + bytes(e.first, dtype));
  }
  return digests;
}

void check_read_back(const WriteRequest& r, const Plan& plan, std::span<const Digest> written,
                     std::span<const Digest> found) {
  for (size_t t = 0; t < r.tensors.size(); ++t)
    if (written[t] != found[t])
      throw IoError(plan.state(), plan.offsets[t].value,
                    fmt::format("{}/{} was written with digest {} and reads back with {}; the storage lost "
                                "data without an error, check it before going on",
                                r.tensors[t].group, r.tensors[t].name, written[t].hex(), found[t].hex()));
}

std::vector<SideFile> copy_side_files(const WriteRequest& r, const path& directory) {
  std::vector<SideFile> copied;
  std::set<std::string> names{std::string(kStateName), std::string(kManifestName)};
  for (const path& from : r.side_files) {
    const std::string name = from.filename().string();
    FS_CHECK(names.insert(name).second, "two files named '{}' in one checkpoint", name);
    const std::string content = read_file(from);
    write_file_atomically(directory / name, content);
    copied.push_back({name, {static_cast<int64_t>(content.size())}, hash64(content)});
  }
  return copied;
}

void commit(const WriteRequest& r, const Plan& plan, std::span<const Digest> digests,
            const path& final_path) {
  Manifest m{.uuid = plan.uuid, .created = utc_now(), .run = r.run};
  m.files.push_back({std::string(kStateName), plan.file_size, plan.uuid_offset, {}});
  for (size_t t = 0; t < r.tensors.size(); ++t) {
    StoredTensor& s = m.tensors.emplace_back();
    static_cast<TensorSpec&>(s) = r.tensors[t];
    s.digest = digests[t];
    s.extents.push_back({.file = 0, .first = {0}, .count = s.count(), .offset = plan.offsets[t]});
  }
  UncachedReader reader(plan.state());
  for (const ByteRange& gap : gaps_of(m, 0))
    m.files[0].layout_digest += reader.digest(DType::U8, {gap.offset.value}, {gap.size.value}, gap.offset);
  m.side_files = copy_side_files(r, plan.directory);
  write_file_atomically(plan.directory / kManifestName, to_json(m));
  if (r.before_publishing) r.before_publishing();
  publish(plan.directory, final_path);
}

// Every step ends in agreement, so that no rank goes on, or waits for, what another could not do.
// Returns the digests of the tensors.
std::vector<Digest> write_all(const mpi::Communicator& comm, const WriteRequest& r, const ExtentTable& table,
                              Plan& plan, const path& final_path) {
  mpi::on_rank_zero(comm, [&] {
    make_directory(plan.directory);
    make_state_file(r, plan);
  });
  share(comm, plan);
  std::vector<Digest> written = mpi::together(comm, [&] { return write_extents(r, plan); });
  comm.sum(written);
  const size_t partner = partner_of(comm);
  std::vector<Digest> found = mpi::together(comm, [&] { return read_back(r, plan, table[partner]); });
  comm.sum(found);
  mpi::together(comm, [&] { check_read_back(r, plan, written, found); });
  mpi::on_rank_zero(comm, [&] { commit(r, plan, written, final_path); });
  return written;
}

}  // namespace

Written write_checkpoint(const mpi::Communicator& comm, const WriteRequest& request) {
  const ExtentTable table = agree_on_extents(comm, request);
  Plan plan;
  mpi::on_rank_zero(comm, [&] { plan.uuid = new_uuid(); });
  plan.uuid = comm.broadcast(plan.uuid);
  plan.directory = request.output_dir / partial_name(request.run.step, plan.uuid);
  const path final_path = request.output_dir / final_name(request.run.step);
  try {
    const std::vector<Digest> digests = write_all(comm, request, table, plan, final_path);
    Written written{final_path, {}};
    for (size_t t = 0; t < digests.size(); ++t) written.digest += state_part(request.tensors[t], digests[t]);
    return written;
  } catch (...) {
    std::error_code ignored;  // what cannot be removed now is swept at the next start
    if (comm.rank() == 0) std::filesystem::remove_all(plan.directory, ignored);
    throw;
  }
}

}  // namespace fullshard::checkpoint
