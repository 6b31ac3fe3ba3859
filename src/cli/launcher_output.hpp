#pragma once

namespace fullshard::cli {

/// False where standard output is certainly no person's screen: it is no terminal, or it is one that the
/// launcher made while the launcher's own output goes to a file or a pipe (Open MPI's mpirun gives rank 0 a
/// pseudo-terminal whatever its own output is).
bool stdout_reaches_terminal();

/// Whether colours belong there: NO_COLOR says no, CLICOLOR_FORCE and FORCE_COLOR say yes, otherwise a
/// terminal does.
bool stdout_is_colored();

}  // namespace fullshard::cli
