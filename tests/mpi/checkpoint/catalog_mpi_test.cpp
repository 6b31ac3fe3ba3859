#include "fullshard/checkpoint/catalog.hpp"

#include "fullshard/core/files.hpp"
#include "sample.hpp"
#include "support/together.hpp"

namespace fullshard {

using checkpoint::Depth;
using checkpoint::newest_valid;
using checkpoint::Selection;
using test::judge_all_ranks;
using test::on_rank_zero_only;
using test::Sample;
using test::SharedTempDir;
using test::world;

namespace {

Sample small() {
  return Sample(/*seed=*/1, /*rows=*/3);
}

/// Steps 1, 2 and 3, the newest of which `damage` makes unusable.
Selection after_damage(const std::filesystem::path& dir, Depth depth,
                       const std::function<void(const std::filesystem::path&)>& damage) {
  for (int64_t step : {1, 2, 3}) small().write(world(), dir, step);
  on_rank_zero_only([&] { damage(dir / "checkpoint-3"); });
  return newest_valid(world(), dir, depth);
}

bool fell_back_to_2(const Selection& s, const std::string& reason) {
  const bool fine = s.newest && s.newest->step == 2 && s.rejected.size() == 1 &&
                    s.rejected[0].find(reason) != std::string::npos;
  if (!fine)
    ADD_FAILURE() << "step " << (s.newest ? s.newest->step : -1) << ": "
                  << (s.rejected.empty() ? "nothing rejected" : s.rejected[0]);
  return fine;
}

}  // namespace

TEST(Catalog, the_newest_of_intact_ones_is_chosen) {
  SharedTempDir dir;
  for (int64_t step : {9, 10, 2}) small().write(world(), dir.path(), step);

  const Selection s = newest_valid(world(), dir.path(), Depth::Digests);

  judge_all_ranks([&] {
    return s.newest && s.newest->step == 10 && s.newest->path == dir.path() / "checkpoint-10" &&
           s.rejected.empty();
  });
}

TEST(Catalog, an_empty_or_missing_directory_has_none) {
  SharedTempDir dir;

  const Selection empty = newest_valid(world(), dir.path(), Depth::Sizes);
  const Selection missing = newest_valid(world(), dir.path() / "absent", Depth::Sizes);

  judge_all_ranks([&] { return !empty.newest && !missing.newest && missing.rejected.empty(); });
}

TEST(Catalog, a_missing_manifest_is_passed_over) {
  SharedTempDir dir;
  const Selection s = after_damage(dir.path(), Depth::Sizes,
                                   [](const auto& c) { std::filesystem::remove(c / "manifest.json"); });

  judge_all_ranks([&] { return fell_back_to_2(s, "not a complete checkpoint"); });
}

TEST(Catalog, half_a_manifest_is_passed_over) {
  SharedTempDir dir;
  const Selection s = after_damage(dir.path(), Depth::Sizes, [](const auto& c) {
    std::filesystem::resize_file(c / "manifest.json", std::filesystem::file_size(c / "manifest.json") / 2);
  });

  judge_all_ranks([&] { return fell_back_to_2(s, "not complete JSON"); });
}

TEST(Catalog, a_truncated_state_is_passed_over) {
  SharedTempDir dir;
  const Selection s = after_damage(dir.path(), Depth::Sizes, [](const auto& c) {
    std::filesystem::resize_file(c / "state.h5", std::filesystem::file_size(c / "state.h5") - 1);
  });

  judge_all_ranks([&] { return fell_back_to_2(s, "bytes, found"); });
}

TEST(Catalog, a_missing_state_is_passed_over) {
  SharedTempDir dir;
  const Selection s =
      after_damage(dir.path(), Depth::Sizes, [](const auto& c) { std::filesystem::remove(c / "state.h5"); });

  judge_all_ranks([&] { return fell_back_to_2(s, "state.h5"); });
}

TEST(Catalog, the_state_of_another_checkpoint_is_passed_over) {
  SharedTempDir dir;
  const Selection s = after_damage(dir.path(), Depth::Sizes, [](const auto& c) {
    std::filesystem::copy_file(c.parent_path() / "checkpoint-1" / "state.h5", c / "state.h5",
                               std::filesystem::copy_options::overwrite_existing);
  });

  judge_all_ranks([&] { return fell_back_to_2(s, "expected the uuid"); });
}

TEST(Catalog, a_flipped_bit_is_found_where_digests_are_asked_for) {
  SharedTempDir dir;
  const Selection s = after_damage(dir.path(), Depth::Digests, [](const auto& c) {
    test::flip_byte(c / "state.h5", static_cast<int64_t>(std::filesystem::file_size(c / "state.h5")) - 1);
  });

  judge_all_ranks([&] { return fell_back_to_2(s, "damaged"); });
}

TEST(Catalog, a_directory_that_is_no_checkpoint_of_ours_is_passed_over_and_never_removed) {
  SharedTempDir dir;
  small().write(world(), dir.path(), 1);
  on_rank_zero_only([&] { std::filesystem::create_directory(dir.path() / "checkpoint-500"); });

  const Selection s = newest_valid(world(), dir.path(), Depth::Sizes);
  on_rank_zero_only([&] { checkpoint::apply_retention(dir.path(), {.keep_last = 1, .keep_best = {}}); });

  judge_all_ranks([&] {
    return s.newest && s.newest->step == 1 && std::filesystem::exists(dir.path() / "checkpoint-500") &&
           std::filesystem::exists(dir.path() / "checkpoint-1");
  });
}

TEST(Catalog, a_link_is_never_a_checkpoint_nor_swept) {
  SharedTempDir dir, elsewhere;
  const std::string partial = "checkpoint-2.partial-01234567-89ab-4cde-8f01-23456789abcd";
  small().write(world(), dir.path(), 1);
  small().write(world(), elsewhere.path(), 9);
  std::vector<std::filesystem::path> removed;
  on_rank_zero_only([&] {
    const auto target = elsewhere.path() / "checkpoint-9";
    std::filesystem::create_directory_symlink(target, dir.path() / "checkpoint-9");
    std::filesystem::create_directory_symlink(target, dir.path() / partial);
    removed = checkpoint::remove_partials(dir.path());
  });

  const Selection s = newest_valid(world(), dir.path(), Depth::Sizes);

  judge_all_ranks([&] {
    return s.newest && s.newest->step == 1 && removed.empty() &&
           std::filesystem::is_symlink(dir.path() / partial);
  });
}

TEST(Catalog, what_cannot_be_listed_is_an_error_and_no_fresh_start) {
  SharedTempDir dir;
  on_rank_zero_only([&] { write_file_atomically(dir.path() / "file", ""); });

  judge_all_ranks([&] {
    try {
      checkpoint::list_checkpoints(dir.path() / "file");
    } catch (const IoError&) {
      return true;
    }
    return false;
  });
}

TEST(Catalog, a_renamed_checkpoint_does_not_pass_for_a_newer_one) {
  SharedTempDir dir;
  for (int64_t step : {1, 2}) small().write(world(), dir.path(), step);
  on_rank_zero_only(
      [&] { std::filesystem::rename(dir.path() / "checkpoint-1", dir.path() / "checkpoint-3"); });

  const Selection s = newest_valid(world(), dir.path(), Depth::Sizes);

  judge_all_ranks([&] { return fell_back_to_2(s, "of step 1"); });
}

TEST(Catalog, what_a_killed_write_left_is_no_checkpoint_and_is_swept) {
  SharedTempDir dir;
  small().write(world(), dir.path(), 1);
  const auto partial = dir.path() / "checkpoint-2.partial-01234567-89ab-4cde-8f01-23456789abcd";
  on_rank_zero_only([&] {
    std::filesystem::copy(dir.path() / "checkpoint-1", partial);
    std::filesystem::create_directory(dir.path() / "notes.partial-x");
  });

  const Selection s = newest_valid(world(), dir.path(), Depth::Digests);
  std::vector<std::filesystem::path> removed;
  on_rank_zero_only([&] { removed = checkpoint::remove_partials(dir.path()); });

  judge_all_ranks([&] {
    return s.newest && s.newest->step == 1 && s.rejected.empty() && !std::filesystem::exists(partial) &&
           std::filesystem::exists(dir.path() / "notes.partial-x") &&
           removed.size() == (world().rank() ? 0 : 1);
  });
}

TEST(Catalog, retention_keeps_the_last_valid_ones_and_the_best) {
  SharedTempDir dir;
  for (int64_t step : {1, 2, 3, 4, 5, 6}) small().write(world(), dir.path(), step);
  on_rank_zero_only([&] { std::filesystem::remove(dir.path() / "checkpoint-6" / "manifest.json"); });

  on_rank_zero_only([&] {
    checkpoint::apply_retention(dir.path(), {.keep_last = 2, .keep_best = dir.path() / "checkpoint-2"});
  });

  judge_all_ranks([&] {
    std::vector<int64_t> steps;
    for (const auto& e : checkpoint::list_checkpoints(dir.path())) steps.push_back(e.step);
    return steps == std::vector<int64_t>{2, 4, 5, 6};
  });
}

}  // namespace fullshard
