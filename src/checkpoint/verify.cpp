// Digests of a checkpoint, computed by all ranks together or by one process.

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
  Turns(int64_t rank, int64_t size) : rank_(rank), size_(size) {}
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

  std::optional<Damage> side_file(const SideFile& f) {
    if (!turns_.mine()) return {};
    const std::filesystem::path file = reader_.path() / f.name;
    const uint64_t found = hash64(read_file(file));
    if (found == f.hash) return {};
    return Damage{file, fmt::format("expected hash {:016x}, found {:016x}; the file was changed, use another "
                                    "checkpoint",
                                    f.hash, found)};
  }

  /// Of tensors, then of files: one array, so that ranks meet once.
  std::vector<Digest> everything() {
    std::vector<Digest> digests = tensors();
    for (size_t f = 0; f < reader_.manifest().files.size(); ++f) digests.push_back(layout(f));
    return digests;
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

Damage damaged(const std::filesystem::path& file, const std::string& what, Digest expected, Digest found) {
  return {file, fmt::format("{} is damaged: expected digest {}, found {}; use another checkpoint", what,
                            expected.hex(), found.hex())};
}

// `found` is what Pass::everything returns, summed over those who read.
std::vector<Damage> differences(const std::filesystem::path& checkpoint, const Manifest& m,
                                std::span<const Digest> found) {
  std::vector<Damage> all;
  for (size_t t = 0; t < m.tensors.size(); ++t) {
    const StoredTensor& tensor = m.tensors[t];
    if (found[t] != tensor.digest)
      all.push_back(damaged(checkpoint / m.files[tensor.extents.front().file].name,
                            "tensor " + tensor.group + "/" + tensor.name, tensor.digest, found[t]));
  }
  for (size_t f = 0; f < m.files.size(); ++f) {
    const Digest layout = found[m.tensors.size() + f];
    if (layout != m.files[f].layout_digest)
      all.push_back(damaged(checkpoint / m.files[f].name, "what lies between the tensors",
                            m.files[f].layout_digest, layout));
  }
  return all;
}

}  // namespace

void CheckpointReader::verify(const mpi::Communicator& comm) const {
  std::vector<Digest> found = mpi::together(comm, [&] {
    Pass pass(*this, Turns(comm.rank(), comm.size()));
    std::vector<Digest> digests = pass.everything();
    for (const SideFile& f : manifest_.side_files)
      if (const auto damage = pass.side_file(f)) throw CheckpointError(damage->file, damage->what);
    return digests;
  });
  comm.sum(found);
  // Every rank has the same sums and throws the same error.
  const std::vector<Damage> damage = differences(path_, manifest_, found);
  if (!damage.empty()) throw CheckpointError(damage.front().file, damage.front().what);
}

Examination CheckpointReader::examine() const {
  Pass pass(*this, Turns(0, 1));
  Examination out{.tensors = pass.everything(), .damage = {}};
  out.damage = differences(path_, manifest_, out.tensors);
  out.tensors.resize(manifest_.tensors.size());
  for (const SideFile& f : manifest_.side_files)
    if (auto damage = pass.side_file(f)) out.damage.push_back(std::move(*damage));
  return out;
}

}  // namespace fullshard::checkpoint
