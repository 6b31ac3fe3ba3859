// The functions of NCCL that the program calls, over MPI, as work of the fake device's streams. Each call
// says "in progress" and means it for two polls. Linked in front of NCCL's own.

#include <mpi.h>
#include <nccl.h>

#include <cstring>
#include <vector>

#include "support/fake_gpu/device.hpp"

namespace fake = fullshard::test::fake_gpu;

struct ncclComm {
  MPI_Comm comm;
  int rank, size;
  int polls = 2;
};

namespace {

struct Message {
  bool sends;
  void* memory;
  size_t bytes;
  int peer;
};

int g_depth = 0;  // of groups; NCCL's interface keeps it for the thread, too
std::vector<Message> g_messages;
ncclComm_t g_group_comm = nullptr;
cudaStream_t g_group_stream = nullptr;

size_t size_of(ncclDataType_t type) {
  switch (type) {
    case ncclFloat64:
      return 8;
    case ncclFloat32:
    case ncclUint32:
      return 4;
    case ncclBfloat16:
      return 2;
    default:
      return 1;
  }
}

MPI_Datatype mpi_type(ncclDataType_t type) {
  return type == ncclFloat64 ? MPI_DOUBLE : type == ncclFloat32 ? MPI_FLOAT : MPI_UINT32_T;
}

ncclResult_t launch(ncclComm_t comm, cudaStream_t stream, fake::Work work, const char* what) {
  fake::Device::get().launch(reinterpret_cast<fake::Stream*>(stream), std::move(work), what);
  comm->polls = 2;
  return ncclInProgress;
}

ncclComm_t make(MPI_Comm comm) {
  auto* made = new ncclComm{comm, 0, 1};
  MPI_Comm_rank(comm, &made->rank);
  MPI_Comm_size(comm, &made->size);
  return made;
}

ncclResult_t message(bool sends, void* memory, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                     cudaStream_t stream) {
  g_messages.push_back({sends, memory, count * size_of(type), peer});
  g_group_comm = comm;
  g_group_stream = stream;
  return ncclSuccess;
}

}  // namespace

extern "C" {

const char* ncclGetErrorString(ncclResult_t) {
  return "an error of the fake NCCL";
}
const char* ncclGetLastError(ncclComm_t) {
  return "none";
}
ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::memset(id, 7, sizeof(*id));
  return ncclSuccess;
}
ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int size, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  if (id.internal[0] != 7 || id.internal[NCCL_UNIQUE_ID_BYTES - 1] != 7 || config->blocking != 0)
    return ncclInvalidArgument;
  MPI_Comm all;
  MPI_Comm_dup(size == 1 ? MPI_COMM_SELF : MPI_COMM_WORLD, &all);
  *comm = make(all);
  return (*comm)->size == size && (*comm)->rank == rank ? ncclInProgress : ncclInvalidArgument;
}
ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t* part, ncclConfig_t*) {
  MPI_Comm split;
  MPI_Comm_split(comm->comm, color, key, &split);
  *part = make(split);
  return ncclInProgress;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  *state = comm->polls > 0 ? ncclInProgress : ncclSuccess;
  if (comm->polls > 0) --comm->polls;
  return ncclSuccess;
}
ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  comm->polls = 2;
  return ncclInProgress;
}
ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  MPI_Comm_free(&comm->comm);
  delete comm;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) {
  delete comm;  // whose communicator peers may never free
  return ncclSuccess;
}
ncclResult_t ncclCommRegister(ncclComm_t, void*, size_t, void** handle) {
  *handle = new char;
  return ncclSuccess;
}
ncclResult_t ncclCommDeregister(ncclComm_t, void* handle) {
  delete static_cast<char*>(handle);
  return ncclSuccess;
}
ncclResult_t ncclMemAlloc(void** memory, size_t size) {
  *memory = fake::Device::get().allocate(size);
  return ncclSuccess;
}
ncclResult_t ncclMemFree(void* memory) {
  fake::Device::get().release(memory);
  return ncclSuccess;
}
ncclResult_t ncclAllGather(const void* src, void* dst, size_t count, ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream) {
  return launch(
      comm, stream,
      [=] {
        const auto bytes = static_cast<int>(count * size_of(type));
        auto* mine = static_cast<char*>(dst) + static_cast<size_t>(bytes) * static_cast<size_t>(comm->rank);
        if (mine != src) std::memmove(mine, src, static_cast<size_t>(bytes));
        MPI_Allgather(MPI_IN_PLACE, 0, MPI_BYTE, dst, bytes, MPI_BYTE, comm->comm);
      },
      "all_gather");
}
ncclResult_t ncclReduceScatter(const void* src, void* dst, size_t count, ncclDataType_t type, ncclRedOp_t,
                               ncclComm_t comm, cudaStream_t stream) {
  return launch(
      comm, stream,
      [=] {
        std::vector<char> sum(count * size_of(type));
        MPI_Reduce_scatter_block(src, sum.data(), static_cast<int>(count), mpi_type(type), MPI_SUM,
                                 comm->comm);
        std::memcpy(dst, sum.data(), sum.size());
      },
      "reduce_scatter");
}
ncclResult_t ncclAllReduce(const void*, void* inout, size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream) {
  return launch(
      comm, stream,
      [=] {
        MPI_Allreduce(MPI_IN_PLACE, inout, static_cast<int>(count), mpi_type(type),
                      op == ncclMax ? MPI_MAX : MPI_SUM, comm->comm);
      },
      "all_reduce");
}
ncclResult_t ncclSend(const void* memory, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return message(true, const_cast<void*>(memory), count, type, peer, comm, stream);
}
ncclResult_t ncclRecv(void* memory, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return message(false, memory, count, type, peer, comm, stream);
}
ncclResult_t ncclGroupStart() {
  ++g_depth;
  return ncclSuccess;
}
ncclResult_t ncclGroupEnd() {
  if (--g_depth > 0 || g_messages.empty()) return ncclSuccess;
  return launch(
      g_group_comm, g_group_stream,
      [comm = g_group_comm, messages = std::exchange(g_messages, {})] {
        std::vector<MPI_Request> requests(messages.size());
        for (size_t i = 0; i < messages.size(); ++i) {
          const Message& m = messages[i];
          const auto bytes = static_cast<int>(m.bytes);
          m.sends ? MPI_Isend(m.memory, bytes, MPI_BYTE, m.peer, 0, comm->comm, &requests[i])
                  : MPI_Irecv(m.memory, bytes, MPI_BYTE, m.peer, 0, comm->comm, &requests[i]);
        }
        MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
      },
      "exchange");
}

}  // extern "C"
