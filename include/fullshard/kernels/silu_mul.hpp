#pragma once
// The gated activation of SwiGLU, Shazeer, arXiv:2002.05202: a = silu(g) · u, silu(g) = g / (1 + exp(-g)).

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// a = silu(g) · u.
///
/// Shape     g, u [rows, columns] with `in_stride` elements between rows (they may be halves of one buffer);
///           a [rows, columns] with `out_stride`
/// Aliasing  a may be g or u
template <class T>
struct SiluMulForward {
  int64_t columns = 0;
  const T* g = nullptr;
  const T* u = nullptr;
  int64_t in_stride = 0;
  T* a = nullptr;
  int64_t out_stride = 0;
};

/// dg and du from da; `a`, where given, is computed again on the way.
///
/// Shape     da and a [rows, columns] with `out_stride`; g, u, dg, du with `in_stride`
/// Aliasing  dg may be g, du may be u, a may be da
template <class T>
struct SiluMulBackward {
  int64_t columns = 0;
  const T* da = nullptr;
  const T* g = nullptr;
  const T* u = nullptr;
  int64_t in_stride = 0;
  int64_t out_stride = 0;
  T* dg = nullptr;
  T* du = nullptr;
  T* a = nullptr;
};

}  // namespace fullshard::kernels
