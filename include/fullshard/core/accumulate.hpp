#pragma once

namespace fullshard {

/// Whether a result replaces what its destination holds or is added to it.
enum class Accumulate { Overwrite, Add };

}  // namespace fullshard
