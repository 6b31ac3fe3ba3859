// A token store: what opens has samples that do not overlap, and each is read as it was written or refused.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "data/store_format.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/data/token_store.hpp"

namespace {

using namespace fullshard;
using namespace fullshard::data;

/// The input as a file that any process of ours can open.
class File {
 public:
  File(const uint8_t* data, size_t size) : fd_(::memfd_create("store", 0)) {
    if (::write(fd_, data, size) != static_cast<ssize_t>(size)) throw std::logic_error("no memory file");
  }
  ~File() { ::close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void read_all(const TokenStore& store) {
  std::vector<int32_t> words;
  int64_t total = 0;
  for (int64_t i = 0; i < store.size(); ++i) {
    if (store.length(i) <= 0) throw std::logic_error("a sample has a token");
    total += store.length(i);
    words.clear();
    store.read(i, words);
    if (std::ssize(words) != store.length(i) || sample_digest(words) != store.digest(i))
      throw std::logic_error("a sample is what was written");
    store.document(i);
  }
  if (total != store.header().num_tokens) throw std::logic_error("samples are all of the tokens");
}

}  // namespace

/// The first byte says whether the checksums are made right first: a mutation alone never passes them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 4 != 0 && bytes.size() >= sizeof(StoredHeader)) {
    auto& header = *reinterpret_cast<StoredHeader*>(bytes.data());
    header.magic = kStoreMagic;
    if (data[0] % 4 > 1) bytes.resize(std::max<size_t>(bytes.size(), kWordsAt));
    auto& h = *reinterpret_cast<StoredHeader*>(bytes.data());
    h.checksum = checksum_of(h);
  }
  const File file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  try {
    read_all(TokenStore::open(file.path()));
  } catch (const DataError&) {
  } catch (const IoError&) {
  }
  return 0;
}
