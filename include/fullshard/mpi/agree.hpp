#pragma once
// Errors are agreed, never lonely: work that can fail on one rank is wrapped, and if any rank threw, all
// throw.

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// If any rank passes an exception, every rank throws: a failing one its own, the others what the lowest
/// failing one did, as an Error with its message and exit code (of files, too), an InternalError or a
/// std::bad_alloc.
///
/// Collective  over `comm`, after work that any rank may have left early; the work itself must not
/// communicate
void agree(const Communicator& comm, std::exception_ptr mine);

/// Runs `work` and agrees on its outcome.
template <class Work>
auto together(const Communicator& comm, Work&& work) {
  using Result = std::invoke_result_t<Work>;
  std::exception_ptr mine;
  if constexpr (std::is_void_v<Result>) {
    try {
      std::forward<Work>(work)();
    } catch (...) {
      mine = std::current_exception();
    }
    agree(comm, mine);
  } else {
    std::optional<Result> result;
    try {
      result.emplace(std::forward<Work>(work)());
    } catch (...) {
      mine = std::current_exception();
    }
    agree(comm, mine);
    return std::move(*result);
  }
}

/// Runs `work` on rank 0 alone and agrees; use for what only one rank may do (create a directory, choose a
/// checkpoint).
template <class Work>
void on_rank_zero(const Communicator& comm, Work&& work) {
  together(comm, [&] {
    if (comm.rank() == 0) work();
  });
}

}  // namespace fullshard::mpi
