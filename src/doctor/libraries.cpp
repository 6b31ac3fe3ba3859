#include <fmt/format.h>
#include <link.h>

#include <filesystem>
#include <map>
#include <span>
#include <string_view>

#include "doctor/machine.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

/// The description of the note NT_GNU_BUILD_ID in a segment of notes that is in memory; empty if there is
/// none.
std::string build_id(std::string_view notes, int64_t alignment) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    const auto& head = *reinterpret_cast<const ElfW(Nhdr)*>(notes.data());
    const int64_t name_at = sizeof head;
    const int64_t text_at = round_up(name_at + head.n_namesz, alignment);
    const int64_t end = round_up(text_at + head.n_descsz, alignment);
    if (text_at + head.n_descsz > static_cast<int64_t>(notes.size())) return "";
    const std::string_view name = notes.substr(static_cast<size_t>(name_at), head.n_namesz);
    if (head.n_type == NT_GNU_BUILD_ID && name == std::string_view("GNU\0", 4)) {
      std::string hex;
      for (const char c : notes.substr(static_cast<size_t>(text_at), head.n_descsz))
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return hex;
    }
    notes.remove_prefix(std::min(static_cast<size_t>(end), notes.size()));
  }
  return "";
}

std::string build_of(const dl_phdr_info& library) {
  for (const ElfW(Phdr) & segment : std::span(library.dlpi_phdr, library.dlpi_phnum)) {
    if (segment.p_type != PT_NOTE) continue;
    const auto* start = reinterpret_cast<const char*>(library.dlpi_addr + segment.p_vaddr);
    const std::string id = build_id({start, segment.p_memsz}, segment.p_align == 8 ? 8 : 4);
    if (!id.empty()) return id;
  }
  std::error_code error;
  const auto size = std::filesystem::file_size(library.dlpi_name, error);
  return error ? "unknown" : fmt::format("{} bytes", size);
}

int note_library(dl_phdr_info* library, size_t, void* into) {
  const std::string_view path = library->dlpi_name;
  // The program itself has no name here, and the kernel's own page no file.
  if (path.find('/') == std::string_view::npos) return 0;
  auto& found = *static_cast<std::map<std::string, std::string>*>(into);
  found.emplace(path.substr(path.rfind('/') + 1), build_of(*library));
  return 0;
}

}  // namespace

std::string loaded_libraries() {
  std::map<std::string, std::string> found;
  ::dl_iterate_phdr(note_library, &found);
  std::string text;
  for (const auto& [name, build] : found) text += (text.empty() ? "" : ";") + name + "=" + build;
  return text;
}

}  // namespace fullshard::doctor
