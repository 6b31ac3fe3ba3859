#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/convert/safetensors_plan.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::convert {

/// Writes the files of a plan into a directory: under temporary names (`….partial`) until commit(). The
/// destructor without commit() removes them; what the directory held before is then untouched.
///
///   SafetensorsWriter w(directory, plan_safetensors(tensors, DType::BF16, {5'000'000'000}));
///   w.write(name, first, piece);   // any order, any pieces, every element exactly once
///   w.commit();
///
/// One process writes. Files get mode 0666 less the umask.
class SafetensorsWriter {
 public:
  /// Creates the directory, the files at their full size (the space is reserved where the file system can)
  /// and their headers. Throws IoError naming path and offset, with nothing left behind.
  SafetensorsWriter(std::filesystem::path directory, SafetensorsPlan plan);
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  /// Writes elements [first, first + src.count) of `name`, converted to the plan's dtype. Throws IoError; a
  /// name that is not in the plan or an element written twice is an InternalError.
  void write(std::string_view name, Elems first, ConstDeviceSpan src);

  /// Checks that every element was written (InternalError names the first that was not), makes the files
  /// durable, then visible. A directory with several files shows no index until all of them are there; the
  /// files of an older model that the new one does not replace are removed, for readers would prefer or mix
  /// them. Last comes model.digest.json (convert/model_digest.hpp), made from the bytes that were written.
  ///
  /// Returns     the digest of the model
  Digest commit();

 private:
  struct OutputFile {
    std::filesystem::path now, final;
    FileDescriptor fd;
  };
  struct Target {
    size_t file;
    const TensorInfo* info;
    std::map<int64_t, int64_t> written;  // begin to end, of elements; touching ranges are merged
    Digest digest;                       // of what was written, in the plan's dtype
  };
  void create(const PlannedFile& file);
  void publish();
  void remove_stale_files() const;
  void remove_everything() noexcept;

  std::filesystem::path directory_;
  SafetensorsPlan plan_;
  std::vector<OutputFile> files_;
  std::map<std::string_view, Target> targets_;  // keys view names in plan_, which never changes
  std::vector<std::byte> staging_;
  bool committed_ = false;
};

}  // namespace fullshard::convert
