#include "fullshard/checkpoint/manifest.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "checkpoint/names.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

using testing::HasSubstr;

Manifest sample() {
  Manifest m{.uuid = new_uuid(), .created = utc_now()};
  m.run = {.step = 5,
           .data_cursor = 6,
           .model_hash = "m",
           .layout_hash = "l",
           .environment = "one \"line\"",
           .config_json = "{\n \"a\": 1}",
           .trainer_state = "",
           .ties = {{"lm_head.weight", "embed"}}};
  m.files = {{"state.h5", {100'000}, {2048}, {1, 2}}};
  m.side_files = {{"config.json", {10}, 0xfedcba9876543210u}};
  for (int i = 0; i < 2; ++i) {
    StoredTensor& t = m.tensors.emplace_back();
    t.group = "master";
    t.name = "w" + std::to_string(i);
    t.shape = {3, 1000};
    t.dtype = DType::BF16;
    t.digest = {~uint64_t{0}, 7};
    t.extents = {{0, {0}, {1000}, {8192 + i * 20'000}}, {0, {1000}, {2000}, {12'288 + i * 20'000}}};
  }
  return m;
}

std::string reason(const std::string& text) {
  try {
    manifest_from_json(text, "dir/manifest.json");
  } catch (const CheckpointError& e) {
    return e.what();
  }
  return "accepted";
}

/// The reason against the sample after `change`.
std::string reason_after(const std::function<void(Manifest&)>& change) {
  Manifest m = sample();
  change(m);
  return reason(to_json(m));
}

}  // namespace

TEST(Manifest, comes_back_as_it_was_written) {
  const Manifest want = sample();

  const Manifest got = manifest_from_json(to_json(want), "m");

  EXPECT_EQ(to_json(got), to_json(want));
  EXPECT_EQ(got.run.config_json, want.run.config_json);
  EXPECT_EQ(got.tensors[1].extents[1].offset, want.tensors[1].extents[1].offset);
  EXPECT_EQ(got.side_files[0].hash, want.side_files[0].hash);
}

TEST(Manifest, every_changed_byte_is_noticed) {
  const std::string text = to_json(sample());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);

    EXPECT_NE(reason(changed), "accepted") << "byte " << i << " of\n" << text;
  }
}

TEST(Manifest, every_cut_is_noticed) {
  const std::string text = to_json(sample());
  for (size_t n = 0; n < text.size(); ++n) EXPECT_NE(reason(text.substr(0, n)), "accepted") << n;
}

TEST(Manifest, half_of_it_is_called_damaged) {
  const std::string text = to_json(sample());

  EXPECT_THAT(reason(text.substr(0, text.size() / 2)), HasSubstr("dir/manifest.json: is not complete JSON"));
}

TEST(Manifest, a_newer_format_is_named_before_anything_else) {
  EXPECT_THAT(reason(R"({"format_version": 2, "all": "new"})"),
              HasSubstr("format_version 2 is newer than 1"));
}

TEST(Manifest, what_is_not_ours_is_refused) {
  for (const char* text : {"", "[]", "1", "{}", R"({"format_version": "1"})", R"({"format_version": 0})",
                           R"({"format_version": 1, "manifest_hash": ""})",
                           R"({"format_version": 1, "manifest_hash": "0000000000000000"})"})
    EXPECT_NE(reason(text), "accepted") << text;
}

TEST(Manifest, extents_must_tile_their_tensor_inside_their_file) {
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[0].extents.pop_back(); }), HasSubstr("1000 of 3000"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[0].extents[1].first = {999}; }),
              HasSubstr("tensors[0].extents[1]"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[0].extents[1].count = {2001}; }),
              HasSubstr("extents[1]"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[1].extents[1].offset = {99'000}; }),
              HasSubstr("inside a file of 100000 bytes"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[1].extents[0].offset = {8192}; }),
              HasSubstr("extents"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[1].extents[0].offset = {INT64_MAX}; }),
              HasSubstr("extents"));
}

TEST(Manifest, impossible_shapes_are_refused_before_they_are_multiplied) {
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{0}, {-3, 1000}, {INT64_MAX, 3}, {1 << 31, 1ll << 31, 4}})
    EXPECT_THAT(reason_after([&](Manifest& m) { m.tensors[0].shape = shape; }), HasSubstr("is not a shape"));
}

TEST(Manifest, names_are_single_components_and_given_once) {
  EXPECT_THAT(reason_after([](Manifest& m) { m.files[0].name = "../state.h5"; }), HasSubstr("plain name"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.side_files[0].name = "/etc/passwd"; }),
              HasSubstr("plain name"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.side_files[0].name = "manifest.json"; }), HasSubstr("twice"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.tensors[0].name = "w1"; }), HasSubstr("given twice"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.uuid = "x"; }), HasSubstr("uuid"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.files[0].uuid_offset = {99'990}; }), HasSubstr("uuid_offset"));
  EXPECT_THAT(reason_after([](Manifest& m) { m.run.step = -1; }), HasSubstr("'step'"));
}

TEST(StateDigest, knows_nothing_of_steps_files_extents_and_order) {
  Manifest other = sample();
  std::swap(other.tensors[0], other.tensors[1]);
  other.files[0].name = "other.h5";
  other.tensors[0].extents = {{0, {0}, {3000}, {40'960}}};
  other.run.step = 77;

  EXPECT_EQ(state_digest(other), state_digest(sample()));
}

TEST(StateDigest, shows_every_change_of_a_tensor) {
  const auto after = [](const std::function<void(StoredTensor&)>& change) {
    Manifest m = sample();
    change(m.tensors[1]);
    return state_digest(m);
  };

  for (const Digest d : {after([](auto& t) { t.group = "exp_avg"; }), after([](auto& t) { t.name = "v"; }),
                         after([](auto& t) { t.dtype = DType::F16; }),
                         after([](auto& t) { t.shape = {3000}; }), after([](auto& t) {
                           t.digest += {1, 0};
                         })})
    EXPECT_NE(d, state_digest(sample()));
}

}  // namespace fullshard::checkpoint
