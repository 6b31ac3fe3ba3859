#pragma once

#include <string_view>

namespace fullshard::report {

/// The style sheet and the script of the report; constant, so that a report needs no other file.
std::string_view page_style();
std::string_view page_script();

}  // namespace fullshard::report
