#include "jinja/method_tables.hpp"

namespace fullshard::jinja {

const Native* find_filter(std::string_view name) {
  for (const auto table : {filters_of_text(), filters_of_markup(), filters_of_sequences(),
                           filters_of_attributes(), filters_of_numbers()})
    if (const Native* filter = find_native(table, name)) return filter;
  return nullptr;
}

}  // namespace fullshard::jinja
