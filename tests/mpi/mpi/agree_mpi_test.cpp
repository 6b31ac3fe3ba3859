#include "fullshard/mpi/agree.hpp"

#include <new>

#include "fullshard/core/filesystem_error.hpp"
#include "support/judge.hpp"

namespace fullshard {

using test::judge_all_ranks;
using test::world;

TEST(Agree, an_error_of_one_rank_reaches_all_with_its_exit_code) {
  const int guilty = world().size() - 1;
  ExitCode code{};
  std::string message;

  try {
    mpi::together(world(), [&] {
      if (world().rank() == guilty) throw IoError("file", 4096, "disk full");
    });
  } catch (const Error& e) {
    code = e.exit_code();
    message = e.what();
  }

  judge_all_ranks([&] { return code == ExitCode::Io && message == "file: disk full"; });
}

TEST(Agree, what_the_file_system_refuses_one_rank_is_an_error_of_files_for_all) {
  const int guilty = world().size() - 1;
  std::string message;

  try {
    mpi::together(world(), [&] {
      if (world().rank() == guilty) std::filesystem::directory_iterator("/dev/null");
    });
  } catch (const std::filesystem::filesystem_error& e) {
    message = world().rank() == guilty ? io_error_of(e).what() : "not translated";
  } catch (const Error& e) {
    message = e.exit_code() == ExitCode::Io ? e.what() : "another exit code";
  }

  judge_all_ranks([&] { return message == "/dev/null: Not a directory"; }, message);
}

TEST(Agree, the_lowest_failing_rank_speaks) {
  std::string message;

  try {
    mpi::together(world(), [&] { throw NumbersError("rank " + std::to_string(world().rank())); });
  } catch (const Error& e) {
    message = e.what();
  }

  // Each failing rank keeps its own error; the exit code is shared.
  judge_all_ranks([&] { return message == "rank " + std::to_string(world().rank()); });
}

TEST(Agree, who_did_not_fail_hears_the_lowest_failing_rank) {
  std::string message;

  try {
    mpi::together(world(), [&] {
      if (world().rank() > 0) throw NumbersError("rank " + std::to_string(world().rank()));
    });
  } catch (const Error& e) {
    message = e.what();
  }

  judge_all_ranks([&] { return world().rank() > 0 || message == (world().size() > 1 ? "rank 1" : ""); });
}

TEST(Agree, who_did_not_fail_hears_of_missing_memory_and_of_bugs_by_their_types) {
  const int guilty = world().size() - 1;
  const auto thrown_by_all = [&](auto error) {
    try {
      mpi::together(world(), [&] {
        if (world().rank() == guilty) throw error;
      });
    } catch (const decltype(error)&) {
      return true;
    } catch (const std::exception& e) {
      ADD_FAILURE() << "found another type: " << e.what();
    }
    return false;
  };

  const bool memory = thrown_by_all(std::bad_alloc()), bug = thrown_by_all(InternalError("unit 3"));

  judge_all_ranks([&] { return memory && bug; });
}

TEST(Agree, results_come_back_when_nobody_fails) {
  const int mine = mpi::together(world(), [] { return 10 + world().rank(); });

  judge_all_ranks([&] { return mine == 10 + world().rank(); });
}

}  // namespace fullshard
