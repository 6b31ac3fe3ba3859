#pragma once

#include <string>
#include <vector>

namespace fullshard {

/// Digests read every byte; without them only what files say of themselves is read.
enum class Digests { Omit, Include };

/// What `inspect` says of a model or checkpoint.
struct Description {
  std::string text;  ///< lines
  std::vector<std::string>
      damage;  ///< a sentence, naming the file, for each digest that is not the recorded one
};

}  // namespace fullshard
