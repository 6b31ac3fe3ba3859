#pragma once
// Errors carry their data and the exit code that they lead to. Two roots: Error is the world (configuration,
// files, peers), InternalError is a bug of ours.

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace fullshard {

/// How the program ends; the numbers are part of its interface (docs/config.md, "Exit codes").
enum class ExitCode : int {
  Done = 0,
  Usage = 2,    ///< command line or configuration
  Refused = 3,  ///< model, data or checkpoint refused
  OutOfMemory = 4,
  Communication = 5,
  Numbers = 6,  ///< loss or gradient not finite; nothing was updated or saved
  Io = 7,       ///< disk full, EIO, …
  Device = 8,   ///< a GPU or its driver failed
  Internal = 70,
  Requeue = 75,  ///< checkpointed, please submit again
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}
  ExitCode exit_code() const noexcept { return exit_code_; }

 private:
  ExitCode exit_code_;
};

/// The command line or a key of the run file. `key` may be empty when no single key is to blame.
struct ConfigError : Error {
  ConfigError(std::string key_, const std::string& message)
      : Error(ExitCode::Usage, message), key(std::move(key_)) {}
  std::string key;
};

/// A model directory, tokenizer or safetensors file that cannot be used.
struct ModelError : Error {
  ModelError(std::filesystem::path path_, const std::string& message)
      : Error(ExitCode::Refused, path_.string() + ": " + message), path(std::move(path_)) {}
  std::filesystem::path path;
};

/// Training data that cannot be used; `line` counts from 1, 0 where a whole file is meant.
struct DataError : Error {
  DataError(std::filesystem::path file_, int64_t line_, const std::string& message)
      : Error(ExitCode::Refused,
              file_.string() + (line_ > 0 ? ":" + std::to_string(line_) : "") + ": " + message),
        file(std::move(file_)),
        line(line_) {}
  std::filesystem::path file;
  int64_t line;
};

/// A checkpoint that is damaged, incomplete or of another model.
struct CheckpointError : Error {
  CheckpointError(std::filesystem::path path_, const std::string& message)
      : Error(ExitCode::Refused, path_.string() + ": " + message), path(std::move(path_)) {}
  std::filesystem::path path;
};

/// The operating system refused a read or write; `offset` is -1 where it has no meaning.
struct IoError : Error {
  IoError(std::filesystem::path path_, int64_t offset_, const std::string& message)
      : Error(ExitCode::Io, path_.string() + ": " + message), path(std::move(path_)), offset(offset_) {}
  std::filesystem::path path;
  int64_t offset;
};

struct CommError : Error {
  CommError(std::string operation_, const std::string& message)
      : Error(ExitCode::Communication, operation_ + ": " + message), operation(std::move(operation_)) {}
  std::string operation;
};

/// What CUDA refused, but for memory.
struct DeviceError : Error {
  DeviceError(const std::string& operation, const std::string& message)
      : Error(ExitCode::Device, operation + ": " + message) {}
};

/// A loss, gradient or weight that is not finite.
struct NumbersError : Error {
  explicit NumbersError(const std::string& message) : Error(ExitCode::Numbers, message) {}
};

struct InternalError : std::logic_error {
  using std::logic_error::logic_error;
};

/// `strerror`, thread-safe, with the number: "No space left on device (errno 28)".
std::string errno_text(int error_number);

}  // namespace fullshard
