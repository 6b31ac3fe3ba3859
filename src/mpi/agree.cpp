#include "fullshard/mpi/agree.hpp"

#include <new>
#include <string>

#include "fullshard/core/error.hpp"

namespace fullshard::mpi {

namespace {

struct Report {
  ExitCode code;
  std::string message;
};

Report describe(const std::exception_ptr& e) {
  try {
    std::rethrow_exception(e);
  } catch (const Error& error) {
    return {error.exit_code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::OutOfMemory, "out of memory"};
  } catch (const std::exception& error) {
    return {ExitCode::Internal, error.what()};
  }
}

}  // namespace

void agree(const Communicator& comm, std::exception_ptr mine) {
  const int64_t guilty = comm.min(mine ? int64_t{comm.rank()} : int64_t{comm.size()});
  if (guilty == comm.size()) return;
  const int root = static_cast<int>(guilty);
  Report report{ExitCode::Internal, ""};
  if (comm.rank() == root) report = describe(mine);
  const int64_t code = comm.broadcast(static_cast<int64_t>(report.code), root);
  const std::string message = comm.broadcast(report.message, root);
  if (mine) std::rethrow_exception(mine);  // a failing rank keeps the type and data of its own error
  throw Error(static_cast<ExitCode>(code), message);
}

}  // namespace fullshard::mpi
