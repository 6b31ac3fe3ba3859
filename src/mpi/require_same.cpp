#include "fullshard/mpi/require_same.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "mpi/native.hpp"

namespace fullshard::mpi {

namespace {

std::string host() {
  char name[MPI_MAX_PROCESSOR_NAME];
  int n = 0;
  check(MPI_Get_processor_name(name, &n), "MPI_Get_processor_name");
  return {name, static_cast<size_t>(n)};
}

/// The line around `at`, or as much of it as a message can bear.
std::string line_around(std::string_view text, size_t at) {
  constexpr size_t kBefore = 60, kBehind = 100;
  const size_t newline = at == 0 ? text.npos : text.rfind('\n', at - 1);
  const size_t begin = newline == text.npos ? 0 : newline + 1,
               end = std::min(text.find('\n', at), text.size());
  if (begin == end) return "nothing";
  const auto in_character = [&](size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
  size_t first = at - std::min(at - begin, kBefore), last = at + std::min(end - at, kBehind);
  while (first > begin && in_character(first)) --first;
  while (last < end && in_character(last)) ++last;
  return fmt::format("{}{}{}", first > begin ? "…" : "", text.substr(first, last - first),
                     last < end ? "…" : "");
}

}  // namespace

void require_same(const Communicator& comm, const std::string& what, const std::string& mine,
                  ExitCode otherwise) {
  const bool same = digest_of(mine).hex() == comm.broadcast(digest_of(mine).hex());
  const int64_t unlike = comm.min(same ? int64_t{comm.size()} : int64_t{comm.rank()});
  if (unlike == comm.size()) return;
  const auto other = static_cast<int>(unlike);
  const std::string other_text = comm.broadcast(mine, other), other_host = comm.broadcast(host(), other);
  std::string message;
  if (comm.rank() == 0) {
    const auto at = std::mismatch(mine.begin(), mine.end(), other_text.begin(), other_text.end()).first;
    const auto place = static_cast<size_t>(at - mine.begin());
    message = fmt::format(
        "{}: expected the same on all ranks, found {} on rank 0 ({}) and {} on rank {} ({}); put it where "
        "all nodes see it, or make their copies equal",
        what, line_around(mine, place), host(), line_around(other_text, place), other, other_host);
  }
  throw Error(otherwise, comm.broadcast(message));
}

}  // namespace fullshard::mpi
