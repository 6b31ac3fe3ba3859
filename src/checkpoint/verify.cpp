// Digests of a checkpoint, computed by all ranks together.

#include <fmt/format.h>

#include <algorithm>

#include "checkpoint/byte_gaps.hpp"
#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr int64_t kPiece = 8 << 20;  // bytes read at a time
constexpr size_t kPiecesAhead = 4;   // asked of the disk, the one being read included

/// Deals equal pieces of work to the ranks in turn: `mine()` says whether the next one is this rank's.
class Turns {
 public:
  explicit Turns(const mpi::Communicator& comm) : rank_(comm.rank()), size_(comm.size()) {}
  bool mine() { return next_++ % size_ == rank_; }

 private:
  int64_t next_ = 0, rank_, size_;
};

class Pass {
 public:
  Pass(const CheckpointReader& reader, Turns turns)
      : reader_(reader), turns_(turns), buffer_(static_cast<size_t>(kPiece)) {}

  /// Of this rank's pieces of each tensor. The disk fetches the pieces to come while one is digested.
  std::vector<Digest> tensors() {
    const std::vector<Piece> mine = my_pieces();
    std::vector<Digest> sums(reader_.tensors().size());
    for (size_t i = 0, asked = 0; i < mine.size(); ++i) {
      for (; asked < std::min(mine.size(), i + kPiecesAhead); ++asked)
        reader_.read_ahead(tensor_of(mine[asked]), mine[asked].first, mine[asked].count);
      const StoredTensor& t = tensor_of(mine[i]);
      const DeviceSpan piece{buffer_.data(), mine[i].count, t.dtype};
      reader_.read(t.group, t.name, mine[i].first, piece);
      sums[mine[i].tensor] += digest_of(piece, mine[i].first);
    }
    return sums;
  }

  /// The bytes of a file that belong to no tensor.
  Digest layout(size_t f) {
    const std::filesystem::path file = reader_.path() / reader_.manifest().files[f].name;
    const FileDescriptor fd = open_file(file, 0);
    Digest sum;
    for (const ByteRange& gap : gaps_of(reader_.manifest(), f))
      for (Bytes done; done < gap.size; done += {kPiece}) {
        if (!turns_.mine()) continue;
        const int64_t n = std::min(kPiece, (gap.size - done).value), at = (gap.offset + done).value;
        read_at(fd, file, buffer_.data(), n, at);
        sum += digest_of(ConstDeviceSpan{buffer_.data(), {n}, DType::U8}, {at});
      }
    return sum;
  }

  void side_file(const SideFile& f) {
    if (!turns_.mine()) return;
    const std::filesystem::path file = reader_.path() / f.name;
    const uint64_t found = hash64(read_file(file));
    if (found != f.hash)
      throw CheckpointError(file, fmt::format("expected hash {:016x}, found {:016x}; the file was changed, "
                                              "use another checkpoint",
                                              f.hash, found));
  }

 private:
  struct Piece {
    size_t tensor;
    Elems first, count;
  };

  const StoredTensor& tensor_of(const Piece& p) const { return reader_.tensors()[p.tensor]; }

  std::vector<Piece> my_pieces() {
    std::vector<Piece> mine;
    for (size_t i = 0; i < reader_.tensors().size(); ++i) {
      const StoredTensor& t = reader_.tensors()[i];
      const Elems per_piece{kPiece / size_of(t.dtype)};
      for (Elems at; at < t.count(); at += per_piece)
        if (turns_.mine()) mine.push_back({i, at, std::min(per_piece, t.count() - at)});
    }
    return mine;
  }

  const CheckpointReader& reader_;
  Turns turns_;
  std::vector<std::byte> buffer_;
};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what, Digest expected,
                         Digest found) {
  throw CheckpointError(
      file, fmt::format("{} is damaged: expected digest {}, found {}; use another checkpoint", what,
                        expected.hex(), found.hex()));
}

}  // namespace

void CheckpointReader::verify(const mpi::Communicator& comm) const {
  // Tensors first, then files: one array, so that the ranks meet once.
  std::vector<Digest> found = mpi::together(comm, [&] {
    Pass pass(*this, Turns(comm));
    std::vector<Digest> digests = pass.tensors();
    for (size_t f = 0; f < files_.size(); ++f) digests.push_back(pass.layout(f));
    for (const SideFile& f : manifest_.side_files) pass.side_file(f);
    return digests;
  });
  comm.sum(found);
  // Every rank has the same sums and throws the same error.
  const size_t n = manifest_.tensors.size();
  for (size_t t = 0; t < n; ++t) {
    const StoredTensor& tensor = manifest_.tensors[t];
    if (found[t] != tensor.digest)
      refuse(path_, "tensor " + tensor.group + "/" + tensor.name, tensor.digest, found[t]);
  }
  for (size_t f = 0; f < files_.size(); ++f) {
    const StoredFile& file = manifest_.files[f];
    if (found[n + f] != file.layout_digest)
      refuse(path_ / file.name, "what lies between the tensors", file.layout_digest, found[n + f]);
  }
}

}  // namespace fullshard::checkpoint
