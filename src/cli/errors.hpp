#pragma once

#include <exception>
#include <string>

#include "fullshard/core/error.hpp"

namespace fullshard::cli {

/// How an exception ends the program, and what it says.
struct Ending {
  ExitCode code;
  std::string message;
};
Ending ending_of(const std::exception_ptr& error);

/// "fullshard: error: …" on stderr, in one write.
void print_error(const std::string& message);

/// Rank that the launcher's environment names, for what is said before MPI starts; 0 where there is none.
int launcher_rank();

/// Of a command that one process does: false, and a line on stderr, where a launcher has started this one
/// beside others.
bool is_done_here(const char* command);

}  // namespace fullshard::cli
