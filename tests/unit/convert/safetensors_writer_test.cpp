#include "fullshard/convert/safetensors_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <numeric>
#include <set>

#include "fullshard/convert/model_digest.hpp"
#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/state_digest.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

namespace {

std::set<std::string> names_in(const std::filesystem::path& dir) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir))
    names.insert(entry.path().filename().string());
  return names;
}

const std::vector<TensorToWrite> kTwo{{"a", {4}}, {"b", {2, 3}}};

std::vector<float> counting(size_t n, float from = 1) {
  std::vector<float> v(n);
  std::iota(v.begin(), v.end(), from);
  return v;
}

void write_two(SafetensorsWriter& w, const std::vector<float>& a, const std::vector<float>& b) {
  w.write("b", {2}, device_span(std::span(b)).slice({2}, {4}));
  w.write("a", {0}, device_span(std::span(a)));
  w.write("b", {0}, device_span(std::span(b)).slice({0}, {1}));
  w.write("b", {1}, device_span(std::span(b)).slice({1}, {1}));
}

Digest write_model(const std::filesystem::path& dir, Bytes max_shard_size, float from = 1) {
  SafetensorsWriter w(dir, plan_safetensors(kTwo, DType::F32, max_shard_size));
  write_two(w, counting(4, from), counting(6, from));
  return w.commit();
}

std::vector<float> read_back(const std::filesystem::path& dir, std::string_view name) {
  const ModelDirectory model = ModelDirectory::open(dir);
  std::vector<float> v(static_cast<size_t>(model.find(name)->count().value));
  model.read(name, {0}, device_span(std::span(v)));
  return v;
}

/// No file of this process may grow beyond `bytes` in the scope: what a full disk is to a writer.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

}  // namespace

TEST(SafetensorsWriter, what_is_written_in_any_order_and_pieces_is_read_back_from_one_file_or_many) {
  for (int64_t limit : {1000, 30, 1}) {
    test::TempDir dir;

    write_model(dir.path(), {limit});

    EXPECT_EQ(read_back(dir.path(), "a"), counting(4));
    EXPECT_EQ(read_back(dir.path(), "b"), counting(6));
    EXPECT_EQ(names_in(dir.path()).size(), limit == 1000 ? 2u : 4u);
  }
}

TEST(SafetensorsWriter, converts_to_the_dtype_of_the_plan) {
  test::TempDir dir;
  const std::vector<double> values{1, 1 + 0x1p-8, 1 + 0x3p-8, -0x1p-133};  // ties to even: down, up
  const std::vector<TensorToWrite> one{{"a", {4}}};

  SafetensorsWriter w(dir.path(), plan_safetensors(one, DType::BF16, {1000}));
  w.write("a", {0}, device_span(std::span(values)));
  w.commit();

  EXPECT_EQ(ModelDirectory::open(dir.path()).find("a")->dtype, DType::BF16);
  EXPECT_EQ(read_back(dir.path(), "a"), (std::vector<float>{1, 1, 1 + 0x1p-6f, -0x1p-133f}));
}

TEST(SafetensorsWriter, every_element_is_written_exactly_once_or_commit_fails_and_nothing_is_left) {
  test::TempDir dir;
  const auto v = counting(6);
  const auto span = device_span(std::span(v));
  {
    SafetensorsWriter w(dir.path(), plan_safetensors(kTwo, DType::F32, {1000}));
    w.write("a", {0}, span.slice({0}, {4}));
    w.write("b", {0}, span.slice({0}, {3}));
    w.write("b", {4}, span.slice({4}, {2}));

    EXPECT_THROW(w.write("b", {2}, span.slice({0}, {2})), InternalError);
    EXPECT_THROW(w.write("b", {3}, span.slice({0}, {2})), InternalError);
    EXPECT_THROW(w.write("b", {0}, span.slice({0}, {6})), InternalError);
    EXPECT_THROW(w.write("b", {5}, span.slice({0}, {2})), InternalError);
    EXPECT_THROW(w.write("c", {0}, span), InternalError);
    EXPECT_THAT(message_of([&] { w.commit(); }), HasSubstr("element 3 of 6 of 'b'"));
    EXPECT_EQ(names_in(dir.path()), (std::set<std::string>{"model.safetensors.partial"}));
  }
  EXPECT_TRUE(names_in(dir.path()).empty());
}

TEST(SafetensorsWriter, the_digest_is_that_of_the_tensors_whatever_files_they_are_in) {
  const auto a = counting(4), b = counting(6);
  Digest expected =
      state_part("a", "float32", kTwo[0].shape, fullshard::digest_of(device_span(std::span(a)), {0}));
  expected += state_part("b", "float32", kTwo[1].shape, fullshard::digest_of(device_span(std::span(b)), {0}));

  for (int64_t limit : {1000, 30, 1}) {
    test::TempDir dir;
    EXPECT_EQ(write_model(dir.path(), {limit}), expected) << limit;
    EXPECT_EQ(ModelDigest::recorded_in(dir.path())->total(), expected) << limit;
  }
}

TEST(SafetensorsWriter, the_digest_is_of_the_bytes_that_were_written_not_of_those_that_came) {
  test::TempDir dir;
  const std::vector<TensorToWrite> one{{"a", {3'000'000}}};  // two pieces of conversion
  const auto values = counting(3'000'000, 0.1f);

  SafetensorsWriter w(dir.path(), plan_safetensors(one, DType::BF16, {10'000'000}));
  w.write("a", {0}, device_span(std::span(values)));
  const Digest digest = w.commit();

  const SafetensorsFile file = SafetensorsFile::open(dir / "model.safetensors");
  EXPECT_EQ(digest, state_part("a", "bfloat16", one[0].shape, convert::digest_of(file, file.tensors()[0])));
}

TEST(SafetensorsWriter, an_export_that_is_cut_off_leaves_no_digest_of_an_older_one) {
  test::TempDir dir;
  write_model(dir.path(), {1});
  std::filesystem::create_directories(dir / "model.safetensors" / "in the way");

  EXPECT_THAT(message_of([&] { write_model(dir.path(), {1000}); }), HasSubstr("into place"));

  EXPECT_FALSE(ModelDigest::recorded_in(dir.path()));
}

TEST(SafetensorsWriter, the_files_say_nothing_of_digests) {
  test::TempDir dir;
  write_model(dir.path(), {1000});

  EXPECT_EQ(read_file(dir / "model.safetensors").find("digest"), std::string::npos);
}

TEST(SafetensorsWriter, without_commit_the_older_model_stays_as_it_was) {
  test::TempDir dir;
  write_model(dir.path(), {1});
  const auto before = names_in(dir.path());
  {
    SafetensorsWriter w(dir.path(), plan_safetensors(kTwo, DType::F32, {1}));
    write_two(w, counting(4, 50), counting(6, 50));
  }

  EXPECT_EQ(names_in(dir.path()), before);
  EXPECT_EQ(read_back(dir.path(), "a"), counting(4));
}

TEST(SafetensorsWriter, a_new_model_replaces_the_files_of_an_older_one_whatever_their_number) {
  test::TempDir dir;
  write_file_atomically(dir / "model-card.txt", "kept");

  for (int64_t limit : {1, 1000, 1, 1}) {
    write_file_atomically(dir / "model-00007-of-00009.safetensors.partial", "of a run that was killed");
    write_model(dir.path(), {limit}, static_cast<float>(limit));
    EXPECT_EQ(read_back(dir.path(), "a"), counting(4, static_cast<float>(limit)));
    EXPECT_EQ(names_in(dir.path()).size(), limit == 1 ? 5u : 3u);
  }
  EXPECT_TRUE(names_in(dir.path()).contains("model-card.txt"));
}

TEST(SafetensorsWriter, files_follow_the_umask) {
  test::TempDir dir;
  const mode_t old = ::umask(027);

  write_model(dir.path(), {1000});

  ::umask(old);
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(dir / "model.safetensors").permissions()), 0640u);
}

TEST(SafetensorsWriter, a_full_disk_is_an_io_error_naming_path_and_offset_with_nothing_left) {
  test::TempDir dir;
  const std::vector<TensorToWrite> big{{"small", {4}}, {"big", {1 << 20}}};
  const SafetensorsPlan plan = plan_safetensors(big, DType::F32, {64});
  try {
    const FileSizeLimit limit(1 << 20);
    SafetensorsWriter w(dir.path(), plan);
    FAIL() << "4 MiB fit into 1 MiB";
  } catch (const IoError& e) {
    EXPECT_EQ(e.path.filename(), "model-00002-of-00002.safetensors.partial");
    EXPECT_EQ(e.offset, plan.files[1].size.value);
    EXPECT_THAT(e.what(), HasSubstr("cannot reserve"));
  }

  EXPECT_TRUE(names_in(dir.path()).empty());
}

TEST(SafetensorsWriter, a_disk_that_fails_while_writing_is_an_io_error_at_the_offset_with_nothing_left) {
  test::TempDir dir;
  const std::vector<TensorToWrite> one{{"a", {1 << 20}}};
  const auto values = counting(1 << 20);
  try {
    SafetensorsWriter w(dir.path(), plan_safetensors(one, DType::F32, {5 << 20}));
    const FileSizeLimit limit(1 << 20);
    w.write("a", {0}, device_span(std::span(values)));
    FAIL() << "4 MiB fit into 1 MiB";
  } catch (const IoError& e) {
    EXPECT_EQ(e.offset, 1 << 20);
    EXPECT_THAT(e.what(), HasSubstr("model.safetensors.partial"));
  }

  EXPECT_TRUE(names_in(dir.path()).empty());
}

TEST(SafetensorsWriter, import_and_export_of_a_real_model_give_the_same_bytes_per_tensor) {
  FS_NEEDS_SHARED_ASSETS();
  for (const char* name : {"tinystories-656k", "stories260k"}) {
    const ModelDirectory in = ModelDirectory::open(test::shared_assets() / "models" / name);
    std::vector<TensorToWrite> tensors;
    for (const TensorInfo* t : in.tensors()) tensors.push_back({t->name, t->shape});
    test::TempDir dir;

    SafetensorsWriter w(dir.path(), plan_safetensors(tensors, DType::F32, {500'000}));
    for (const TensorInfo* t : in.tensors())
      for (int64_t at = 0; at < t->count().value; at += 10'000) {
        // Through double, so that both conversions take part.
        std::vector<double> piece(static_cast<size_t>(std::min<int64_t>(10'000, t->count().value - at)));
        in.read(t->name, {at}, device_span(std::span(piece)));
        w.write(t->name, {at}, device_span(std::span<const double>(piece)));
      }
    w.commit();

    const ModelDirectory out = ModelDirectory::open(dir.path());
    ASSERT_GT(out.files().size(), 1u);
    for (const TensorInfo* t : in.tensors()) {
      std::vector<std::byte> a(static_cast<size_t>(t->size.value)), b(a.size());
      in.read(t->name, {0}, {a.data(), t->count(), DType::F32});
      out.read(t->name, {0}, {b.data(), t->count(), DType::F32});
      EXPECT_EQ(a, b) << t->name;
    }
  }
}

}  // namespace fullshard::convert
