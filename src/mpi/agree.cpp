#include "fullshard/mpi/agree.hpp"

#include <new>
#include <string>

#include "fullshard/core/filesystem_error.hpp"

namespace fullshard::mpi {

namespace {

/// The types that whoever ends the program tells apart, to say what to do.
enum class Kind : int64_t { World, Memory, Bug };

struct Report {
  Kind kind;
  ExitCode code;
  std::string message;
};

Report describe(const std::exception_ptr& e) {
  try {
    std::rethrow_exception(e);
  } catch (const Error& error) {
    return {Kind::World, error.exit_code(), error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    const IoError io = io_error_of(error);
    return {Kind::World, io.exit_code(), io.what()};
  } catch (const std::bad_alloc&) {
    return {Kind::Memory, ExitCode::OutOfMemory, ""};
  } catch (const std::exception& error) {
    return {Kind::Bug, ExitCode::Internal, error.what()};
  }
}

[[noreturn]] void throw_as(const Report& report) {
  switch (report.kind) {
    case Kind::Memory:
      throw std::bad_alloc();
    case Kind::Bug:
      throw InternalError(report.message);
    case Kind::World:
      break;
  }
  throw Error(report.code, report.message);
}

}  // namespace

void agree(const Communicator& comm, std::exception_ptr mine) {
  const int64_t guilty = comm.min(mine ? int64_t{comm.rank()} : int64_t{comm.size()});
  if (guilty == comm.size()) return;
  const int root = static_cast<int>(guilty);
  Report report{};
  if (comm.rank() == root) report = describe(mine);
  report.kind = static_cast<Kind>(comm.broadcast(static_cast<int64_t>(report.kind), root));
  report.code = static_cast<ExitCode>(comm.broadcast(static_cast<int64_t>(report.code), root));
  report.message = comm.broadcast(report.message, root);
  if (mine) std::rethrow_exception(mine);  // a failing rank keeps the type and data of its own error
  throw_as(report);
}

}  // namespace fullshard::mpi
