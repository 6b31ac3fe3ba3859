#include "cli/command.hpp"

namespace fullshard::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> all;
  all.push_back(make_train_command());
  all.push_back(make_prepare_command());
  all.push_back(make_evaluate_command());
  all.push_back(make_consolidate_command());
  all.push_back(make_generate_command());
  all.push_back(make_inspect_command());
  all.push_back(make_tokenize_command());
  all.push_back(make_doctor_command());
  all.push_back(make_config_command());
  return all;
}

}  // namespace fullshard::cli
