#include "fullshard/convert/safetensors_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "fullshard/convert/model_digest.hpp"
#include "fullshard/convert/model_directory.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::convert {

namespace {

constexpr int64_t kPiece = int64_t{4} << 20;
constexpr std::string_view kPartial = ".partial";

// A disk that is too small is found here, before hours of writing, where the file system can reserve.
void reserve(const FileDescriptor& fd, const std::filesystem::path& path, int64_t size) {
  int result;
  do result = ::fallocate(fd.get(), 0, 0, size);
  while (result != 0 && errno == EINTR);
  if (result != 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) result = ::ftruncate(fd.get(), size);
  if (result != 0)
    throw IoError(path, size,
                  fmt::format("cannot reserve {} ({} bytes from offset 0): {}; free space or choose another "
                              "output_dir",
                              human({size}), size, errno_text(errno)));
}

void remove_old(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) throw IoError(path, -1, "cannot remove the file of an older model: " + error.message());
}

void rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw IoError(
        to, -1, fmt::format("cannot rename {} into place: {}", from.filename().string(), errno_text(errno)));
}

bool is_model_file(std::string_view name) {
  if (name.ends_with(kPartial)) name.remove_suffix(kPartial.size());
  return name == kSingleFileName || name == kIndexName ||
         (name.starts_with("model-") && name.find("-of-") != name.npos && name.ends_with(".safetensors"));
}

void mark_written(std::map<int64_t, int64_t>& ranges, int64_t begin, int64_t end, std::string_view name) {
  if (begin == end) return;
  auto next = ranges.upper_bound(begin);
  const auto previous = next == ranges.begin() ? ranges.end() : std::prev(next);
  FS_CHECK(
      (next == ranges.end() || end <= next->first) && (previous == ranges.end() || previous->second <= begin),
      "elements [{}, {}) of '{}' are written twice", begin, end, name);
  if (next != ranges.end() && next->first == end) {
    end = next->second;
    ranges.erase(next);
  }
  if (previous != ranges.end() && previous->second == begin)
    previous->second = end;
  else
    ranges.emplace(begin, end);
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::filesystem::path directory, SafetensorsPlan plan)
    : directory_(std::move(directory)), plan_(std::move(plan)) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) throw IoError(directory_, -1, "cannot create the directory: " + error.message());
  try {
    for (const PlannedFile& file : plan_.files) create(file);
  } catch (...) {
    remove_everything();
    throw;
  }
}

SafetensorsWriter::~SafetensorsWriter() {
  if (!committed_) remove_everything();
}

void SafetensorsWriter::create(const PlannedFile& file) {
  const auto final = directory_ / file.name;
  auto now = final;
  now += kPartial;
  files_.push_back({now, final, open_file(now, O_RDWR | O_CREAT | O_TRUNC)});
  const OutputFile& out = files_.back();
  reserve(out.fd, out.now, file.size.value);
  write_at(out.fd, out.now, file.head.data(), static_cast<int64_t>(file.head.size()), 0);
  for (const TensorInfo& t : file.tensors) targets_.emplace(t.name, Target{files_.size() - 1, &t, {}, {}});
}

void SafetensorsWriter::write(std::string_view name, Elems first, ConstDeviceSpan src) {
  const auto found = targets_.find(name);
  FS_CHECK(found != targets_.end(), "tensor '{}' is not in the plan", name);
  Target& target = found->second;
  const Elems total = target.info->count();
  FS_CHECK(first.value >= 0 && first + src.count <= total, "elements [{}, +{}) of {} in '{}'", first.value,
           src.count.value, total.value, name);
  mark_written(target.written, first.value, (first + src.count).value, name);

  const OutputFile& out = files_[target.file];
  const int64_t begin = target.info->offset + bytes(first, plan_.dtype).value;
  const auto put = [&](ConstDeviceSpan stored, Elems done) {
    const int64_t at = begin + bytes(done, plan_.dtype).value;
    write_at(out.fd, out.now, stored.data, stored.size().value, at);
    begin_writing_back(out.fd, stored.size().value, at);
    target.digest += fullshard::digest_of(stored, first + done);
  };
  if (src.dtype == plan_.dtype) return put(src, {});
  const Elems piece{std::min(src.count.value, kPiece / size_of(plan_.dtype))};
  staging_.resize(std::max(staging_.size(), static_cast<size_t>(bytes(piece, plan_.dtype).value)));
  for (Elems done; done < src.count; done += piece) {
    const Elems n = std::min(piece, src.count - done);
    const DeviceSpan converted{staging_.data(), n, plan_.dtype};
    convert_dtype(converted, src.slice(done, n));
    put(converted, done);
  }
}

Digest SafetensorsWriter::commit() {
  FS_CHECK(!committed_, "committed twice");
  ModelDigest digest;
  for (const auto& [name, target] : targets_) {
    const int64_t total = target.info->count().value;
    const auto first = target.written.begin();
    const int64_t missing = first == target.written.end() || first->first > 0 ? 0 : first->second;
    FS_CHECK(missing == total, "element {} of {} of '{}' was not written", missing, total, name);
    digest.add(*target.info, target.digest);
  }
  for (const OutputFile& f : files_) fsync_file(f.fd, f.now);
  publish();
  committed_ = true;
  remove_stale_files();
  fsync_directory(directory_);
  write_file_atomically(directory_ / kDigestName, digest.to_json());
  return digest.total();
}

// Order: an old index goes first, so that it never stands beside a mixture of old and new shards; the new one
// comes last. A crash in between leaves a directory that is refused, or an older model.safetensors, which is
// whole. Old digests never stand beside new tensors.
void SafetensorsWriter::publish() {
  remove_old(directory_ / kDigestName);
  if (!plan_.index.empty()) remove_old(directory_ / kIndexName);
  fsync_directory(directory_);
  for (OutputFile& f : files_) {
    rename_file(f.now, f.final);
    f.now = f.final;
  }
  if (plan_.index.empty()) return;
  fsync_directory(directory_);
  write_file_atomically(directory_ / kIndexName, plan_.index);
}

void SafetensorsWriter::remove_stale_files() const {
  std::set<std::string> keep;
  for (const PlannedFile& f : plan_.files) keep.insert(f.name);
  if (!plan_.index.empty()) keep.insert(std::string(kIndexName));
  std::vector<std::filesystem::path> stale;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    if (is_model_file(name) && !keep.contains(name)) stale.push_back(entry.path());
  }
  for (const auto& path : stale)
    if (::unlink(path.c_str()) != 0)
      throw IoError(path, -1, "cannot remove this file of an older model: " + errno_text(errno));
}

void SafetensorsWriter::remove_everything() noexcept {
  for (const OutputFile& f : files_) ::unlink(f.now.c_str());
}

}  // namespace fullshard::convert
