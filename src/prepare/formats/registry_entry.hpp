#pragma once

#include <filesystem>

#include "fullshard/jinja/value.hpp"
#include "fullshard/prepare/registry.hpp"

namespace fullshard::prepare {

/// An entry of dataset_info.json; what is wrong with it becomes its refusal.
RegistryEntry read_entry(const jinja::Value& object, const std::filesystem::path& directory);

}  // namespace fullshard::prepare
