# The object file OBJECT may define one global symbol, its table, and no weak one.
execute_process(COMMAND ${NM} -C --defined-only --extern-only ${OBJECT} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n$" "" lines "${symbols}")
string(REGEX REPLACE "[^\n]+ T fullshard::kernels::KernelTable const& [^\n]*isa_table[^\n]*" "" rest "${lines}")
string(STRIP "${rest}" rest)
if(lines STREQUAL "" OR NOT rest STREQUAL "")
  message(FATAL_ERROR "expected the kernel table as the only symbol of ${OBJECT}, found:\n${symbols}"
    "keep everything in isa/ in an unnamed namespace and always inlined")
endif()
