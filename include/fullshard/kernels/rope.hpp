#pragma once
// Rotary position embedding, Su et al., arXiv:2104.09864, in the half-split pairing of Hugging Face's Llama:
// element i is rotated with element i + half.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

enum class Rotation { Forward, Backward };

/// Rotates in place; Backward is the inverse rotation, which is the gradient. The range counts tokens.
///
/// Shape  x [tokens, heads, ≥ 2·half]: elements from 2·half on are not touched;
///        cosine, sine [positions, half]; position [tokens], each a row of the tables
template <class T>
struct Rope {
  T* x = nullptr;
  int64_t heads = 0;
  int64_t half = 0;
  int64_t token_stride = 0;  ///< in elements
  int64_t head_stride = 0;   ///< in elements
  const Acc<T>* cosine = nullptr;
  const Acc<T>* sine = nullptr;
  const int32_t* position = nullptr;
  Rotation rotation = Rotation::Forward;
};

}  // namespace fullshard::kernels
