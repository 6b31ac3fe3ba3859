#pragma once
// The program as its users start it. Needs FULLSHARD_PROGRAM, its path.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace fullshard::test {

struct Ended {
  int status;
  std::string output;  ///< stdout and stderr together
};

/// Runs "`before` fullshard `arguments`" in a shell; `before` may set environment variables.
inline Ended fullshard_with(const std::string& arguments, const std::string& before = "") {
  const std::string command = before + " " FULLSHARD_PROGRAM " " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  Ended ended{-1, ""};
  std::array<char, 4096> buffer;
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ended.output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

}  // namespace fullshard::test
