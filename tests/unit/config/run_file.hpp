#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fullshard/config/run_config.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::config {

/// A directory with a model and data, so that run files can name them.
class RunFile : public testing::Test {
 protected:
  RunFile() {
    std::filesystem::create_directories(dir_ / "model");
    for (const char* name : {"model/config.json", "data.jsonl", "more.jsonl"})
      write_file_atomically(dir_ / name, "{}");
  }

  LoadedRun load(const std::string& members, const std::vector<std::string>& overrides = {}) const {
    return load_text(
        "{\"model_name_or_path\": \"model\", \"dataset\": \"data.jsonl\", \"output_dir\": \"out\",\n" +
            members + "}",
        overrides);
  }

  LoadedRun load_text(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    write_file_atomically(dir_ / "run.json", text);
    return load_run_config(dir_ / "run.json", overrides);
  }

  std::string refusal(const std::string& members, const std::vector<std::string>& overrides = {}) const {
    try {
      load(members, overrides);
    } catch (const ConfigError& e) {
      EXPECT_EQ(e.exit_code(), ExitCode::Usage);
      return e.what();
    }
    return "accepted";
  }

  test::TempDir dir_;
};

}  // namespace fullshard::config
