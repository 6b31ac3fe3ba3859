#pragma once
// What lies beside the weights of a model: configuration, tokenizer, chat template, generation settings.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/dtype.hpp"

namespace fullshard::convert {

/// The files of the kinds that transformers and vLLM read beside the weights, which `directory` has.
std::vector<std::filesystem::path> auxiliary_files(const std::filesystem::path& directory);

/// Copies every file of the kinds that transformers and vLLM read beside the weights, byte for byte, each
/// replaced atomically; config.json goes through with_dtype where `dtype` is given. Returns the names that
/// were copied.
///
/// Throws      ModelError without a config.json, IoError
std::vector<std::string> copy_auxiliary_files(const std::filesystem::path& from,
                                              const std::filesystem::path& to, std::optional<DType> dtype);

/// `config_json` with the value of its top-level `torch_dtype` or `dtype` (whichever it has) set to `dtype`;
/// every other byte stays. Without either, `torch_dtype`, which all versions of transformers read, becomes
/// the first key.
///
/// Throws      ModelError(path) for text that is not a JSON object
std::string with_dtype(std::string_view config_json, DType dtype, const std::filesystem::path& path);

}  // namespace fullshard::convert
