#pragma once
// Codecs of the keys about data.

#include "config/run_codecs.hpp"
#include "fullshard/config/run_config.hpp"

namespace fullshard::config {

Codec<std::vector<DatasetEntry>> dataset_entries();
Codec<std::vector<SourceEntry>> source_list();
/// Numbers above 0, as a list or in one string with commas.
Codec<std::vector<double>> weight_list();
Codec<std::vector<std::string>> text_list();
Codec<GivenTemplate> given_template();
/// A JSON object, kept as text.
Codec<std::string> json_object();
/// A share below 1, or a count.
Codec<double> share_or_count();

}  // namespace fullshard::config
