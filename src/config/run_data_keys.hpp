#pragma once

#include "config/key_table.hpp"

namespace fullshard::config {

/// The keys of section "Data".
void add_data_keys(KeyTable& table);

}  // namespace fullshard::config
