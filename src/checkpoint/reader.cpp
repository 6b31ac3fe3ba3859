#include "fullshard/checkpoint/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "checkpoint/patient_open.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr Bytes kLargestManifest{int64_t{1} << 28};  // some 500,000 tensors; more is not ours

Bytes size_of_file(const FileDescriptor& fd, const std::filesystem::path& file) {
  struct stat s {};
  if (::fstat(fd.get(), &s) != 0) throw IoError(file, -1, "cannot stat: " + errno_text(errno));
  if (!S_ISREG(s.st_mode)) throw CheckpointError(file, "expected a regular file");
  return {static_cast<int64_t>(s.st_size)};
}

FileDescriptor open_part(const std::filesystem::path& file, OpenOptions options) {
  try {
    return open_patiently(file, O_RDONLY, options.patience);
  } catch (const IoError& e) {
    throw CheckpointError(file.parent_path(),
                          std::string("is not a complete checkpoint: ") + e.what() + "; use another one");
  }
}

Manifest read_manifest(const std::filesystem::path& file, OpenOptions options) {
  const FileDescriptor fd = open_part(file, options);
  const Bytes size = size_of_file(fd, file);
  if (size > kLargestManifest)
    throw CheckpointError(file, fmt::format("{} are too much for a manifest", human(size)));
  std::string text(static_cast<size_t>(size.value), '\0');
  read_at(fd, file, text.data(), size.value, 0);
  return manifest_from_json(text, file);
}

void check_identity(const FileDescriptor& fd, const std::filesystem::path& file, const StoredFile& expected,
                    const std::string& uuid) {
  const Bytes size = size_of_file(fd, file);
  if (size != expected.size)
    throw CheckpointError(file, fmt::format("expected {} bytes, found {}; the file was cut off or is another "
                                            "one, use another checkpoint",
                                            expected.size.value, size.value));
  std::string found(uuid.size(), '\0');
  read_at(fd, file, found.data(), static_cast<int64_t>(found.size()), expected.uuid_offset.value);
  if (found != uuid)
    throw CheckpointError(file,
                          fmt::format("expected the uuid {}, found '{}'; the file is damaged or belongs "
                                      "to another checkpoint",
                                      uuid, found));
}

}  // namespace

CheckpointReader CheckpointReader::open(const std::filesystem::path& checkpoint, OpenOptions options) {
  CheckpointReader r;
  r.path_ = checkpoint;
  r.manifest_ = read_manifest(checkpoint / kManifestName, options);
  for (const StoredFile& f : r.manifest_.files) {
    r.files_.push_back(open_part(checkpoint / f.name, options));
    check_identity(r.files_.back(), checkpoint / f.name, f, r.manifest_.uuid);
  }
  for (const SideFile& f : r.manifest_.side_files) {
    const Bytes size = size_of_file(open_part(checkpoint / f.name, options), checkpoint / f.name);
    if (size != f.size)
      throw CheckpointError(checkpoint / f.name,
                            fmt::format("expected {} bytes, found {}", f.size.value, size.value));
  }
  return r;
}

Bytes CheckpointReader::size() const {
  Bytes total;
  for (const StoredTensor& t : manifest_.tensors) total += bytes(t.count(), t.dtype);
  return total;
}

const StoredTensor* CheckpointReader::find(std::string_view group, std::string_view name) const {
  const auto it = std::find_if(manifest_.tensors.begin(), manifest_.tensors.end(),
                               [&](const StoredTensor& t) { return t.name == name && t.group == group; });
  return it == manifest_.tensors.end() ? nullptr : &*it;
}

void CheckpointReader::read(std::string_view group, std::string_view name, Elems first,
                            DeviceSpan dst) const {
  const StoredTensor* t = find(group, name);
  if (!t)
    throw CheckpointError(path_, fmt::format("has no tensor {}/{}; it is of another model", group, name));
  if (t->dtype != dst.dtype)
    throw CheckpointError(path_, fmt::format("{}/{} is {}, this run needs {}; use the precision that it was "
                                             "written with",
                                             group, name, name_of(t->dtype), name_of(dst.dtype)));
  if (first.value < 0 || dst.count > t->count() || first > t->count() - dst.count)
    throw CheckpointError(path_, fmt::format("{}/{} has {} elements, [{}, +{}) were asked for; it is of "
                                             "another model",
                                             group, name, t->count().value, first.value, dst.count.value));
  for (const StoredExtent& e : t->extents) {
    const Elems from = std::max(first, e.first), to = std::min(first + dst.count, e.first + e.count);
    if (from >= to) continue;
    const DeviceSpan part = dst.slice(from - first, to - from);
    read_at(files_[e.file], path_ / manifest_.files[e.file].name, part.data, part.size().value,
            (e.offset + bytes(from - e.first, t->dtype)).value);
  }
}

void CheckpointReader::read_ahead(const StoredTensor& t, Elems first, Elems count) const {
  for (const StoredExtent& e : t.extents) {
    const Elems from = std::max(first, e.first), to = std::min(first + count, e.first + e.count);
    if (from < to)
      fullshard::read_ahead(files_[e.file], bytes(to - from, t.dtype).value,
                            (e.offset + bytes(from - e.first, t.dtype)).value);
  }
}

}  // namespace fullshard::checkpoint
