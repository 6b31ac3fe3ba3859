#include "fullshard/mpi/communicator.hpp"

#include <fmt/format.h>

#include <numeric>

#include "fullshard/core/check.hpp"
#include "mpi/native.hpp"
#include "mpi/text_offsets.hpp"

namespace fullshard::mpi {

void check(int code, const char* operation) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int n = 0;
  MPI_Error_string(code, text, &n);
  throw CommError(operation, std::string(text, static_cast<size_t>(n)));
}

namespace {

template <class T>
T all_reduce(MPI_Comm comm, T value, MPI_Datatype type, MPI_Op op) {
  check(MPI_Allreduce(MPI_IN_PLACE, &value, 1, type, op, comm), "MPI_Allreduce");
  return value;
}

template <class T>
std::vector<T> gather_everywhere(MPI_Comm comm, int size, T value, MPI_Datatype type) {
  std::vector<T> all(static_cast<size_t>(size));
  check(MPI_Allgather(&value, 1, type, all.data(), 1, type, comm), "MPI_Allgather");
  return all;
}

void digest_sum(void* in, void* inout, int* n, MPI_Datatype*) {
  auto* a = static_cast<const Digest*>(in);
  auto* b = static_cast<Digest*>(inout);
  for (int i = 0; i < *n; ++i) b[i] += a[i];
}

}  // namespace

Communicator::Communicator(std::unique_ptr<Native> native, ProgressBoard* board, const char* axis)
    : native_(std::move(native)), board_(board), axis_(axis) {
  check(MPI_Comm_rank(native_->comm, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(native_->comm, &size_), "MPI_Comm_size");
}

Communicator::Communicator(Communicator&&) noexcept = default;
Communicator& Communicator::operator=(Communicator&&) noexcept = default;
Communicator::~Communicator() = default;

Communicator Communicator::world() {
  MPI_Comm comm = MPI_COMM_NULL;
  check(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup");
  return Communicator(std::make_unique<Native>(comm), nullptr, "world");
}

CollectiveScope Communicator::reported(std::string_view operation, size_t bytes) const {
  return {board_, Traffic::Control, {operation, "", axis_, Bytes{static_cast<int64_t>(bytes)}}};
}

Communicator Communicator::duplicate() const {
  const CollectiveScope in_flight = reported("duplicate", 0);
  MPI_Comm comm = MPI_COMM_NULL;
  check(MPI_Comm_dup(native_->comm, &comm), "MPI_Comm_dup");
  return Communicator(std::make_unique<Native>(comm), board_, axis_);
}

Communicator Communicator::split(int color, int key) const {
  const CollectiveScope in_flight = reported("split", 0);
  MPI_Comm comm = MPI_COMM_NULL;
  check(MPI_Comm_split(native_->comm, color, key, &comm), "MPI_Comm_split");
  return Communicator(std::make_unique<Native>(comm), board_, "group");
}

Communicator Communicator::split_shared() const {
  const CollectiveScope in_flight = reported("split", 0);
  MPI_Comm comm = MPI_COMM_NULL;
  check(MPI_Comm_split_type(native_->comm, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &comm),
        "MPI_Comm_split_type");
  return Communicator(std::make_unique<Native>(comm), board_, "local");
}

void Communicator::barrier() const {
  const CollectiveScope in_flight = reported("barrier", 0);
  check(MPI_Barrier(native_->comm), "MPI_Barrier");
}
int64_t Communicator::sum(int64_t v) const {
  const CollectiveScope in_flight = reported("sum", sizeof v);
  return all_reduce(native_->comm, v, MPI_INT64_T, MPI_SUM);
}
int64_t Communicator::max(int64_t v) const {
  const CollectiveScope in_flight = reported("max", sizeof v);
  return all_reduce(native_->comm, v, MPI_INT64_T, MPI_MAX);
}
int64_t Communicator::min(int64_t v) const {
  const CollectiveScope in_flight = reported("min", sizeof v);
  return all_reduce(native_->comm, v, MPI_INT64_T, MPI_MIN);
}
double Communicator::max(double v) const {
  const CollectiveScope in_flight = reported("max", sizeof v);
  return all_reduce(native_->comm, v, MPI_DOUBLE, MPI_MAX);
}

double Communicator::sum(double v) const {
  const std::vector<double> all = all_gather(v);  // MPI_SUM may add in another order on each rank
  return std::accumulate(all.begin(), all.end(), 0.0);
}

void Communicator::sum(std::span<int64_t> values) const {
  const CollectiveScope in_flight = reported("sum", values.size_bytes());
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_INT64_T, MPI_SUM,
                      native_->comm),
        "MPI_Allreduce");
}

void Communicator::sum(std::span<Digest> values) const {
  const CollectiveScope in_flight = reported("sum", values.size_bytes());
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Op op = MPI_OP_NULL;
  check(MPI_Type_contiguous(2, MPI_UINT64_T, &type), "MPI_Type_contiguous");
  check(MPI_Type_commit(&type), "MPI_Type_commit");
  check(MPI_Op_create(digest_sum, /*commute=*/1, &op), "MPI_Op_create");
  const int code =
      MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), type, op, native_->comm);
  MPI_Op_free(&op);
  MPI_Type_free(&type);
  check(code, "MPI_Allreduce");
}

std::string Communicator::broadcast(std::string text, int root) const {
  text.resize(static_cast<size_t>(broadcast(static_cast<int64_t>(text.size()), root)));
  FS_CHECK(text.size() < (size_t{1} << 31), "broadcast of {} bytes of text", text.size());
  const CollectiveScope in_flight = reported("broadcast", text.size());
  check(MPI_Bcast(text.data(), static_cast<int>(text.size()), MPI_CHAR, root, native_->comm), "MPI_Bcast");
  return text;
}

int64_t Communicator::broadcast(int64_t value, int root) const {
  const CollectiveScope in_flight = reported("broadcast", sizeof value);
  check(MPI_Bcast(&value, 1, MPI_INT64_T, root, native_->comm), "MPI_Bcast");
  return value;
}

std::vector<int64_t> Communicator::all_gather(int64_t v) const {
  const CollectiveScope in_flight = reported("gather", sizeof v);
  return gather_everywhere(native_->comm, size_, v, MPI_INT64_T);
}
std::vector<double> Communicator::all_gather(double v) const {
  const CollectiveScope in_flight = reported("gather", sizeof v);
  return gather_everywhere(native_->comm, size_, v, MPI_DOUBLE);
}

std::vector<std::string> Communicator::all_gather(const std::string& text) const {
  const std::vector<int64_t> lengths = all_gather(static_cast<int64_t>(text.size()));
  const std::vector<int> counts(lengths.begin(), lengths.end()), offsets = text_offsets(lengths);
  std::string all(static_cast<size_t>(offsets.back()), '\0');
  const CollectiveScope in_flight = reported("gather", all.size());
  check(MPI_Allgatherv(text.data(), static_cast<int>(text.size()), MPI_CHAR, all.data(), counts.data(),
                       offsets.data(), MPI_CHAR, native_->comm),
        "MPI_Allgatherv");
  std::vector<std::string> texts;
  for (size_t r = 0; r < lengths.size(); ++r)
    texts.push_back(all.substr(static_cast<size_t>(offsets[r]), static_cast<size_t>(counts[r])));
  return texts;
}

}  // namespace fullshard::mpi
