#pragma once
// AdamW, Loshchilov and Hutter, arXiv:1711.05101, algorithm 2, in the order of torch.optim.AdamW.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// One pass over a slice:
///   g = gradient · gradient_factor;  p *= 1 - learning_rate · weight_decay
///   m += (1 - beta1)(g - m);  v = beta2 · v + (1 - beta2) g²
///   p -= learning_rate / correction1 · m / (sqrt(v) / sqrt(correction2) + eps);  working = p
///
/// Shape  all [elements]; states are Acc<T>, `working` is the copy in T that computes (null: no copy)
/// Units  correction1 = 1 - beta1^t, correction2 = 1 - beta2^t for update t = 1, 2, …
template <class T>
struct AdamW {
  const Acc<T>* gradient = nullptr;
  Acc<T>* exp_avg = nullptr;
  Acc<T>* exp_avg_sq = nullptr;
  Acc<T>* master = nullptr;
  T* working = nullptr;
  double gradient_factor = 1.0;
  double learning_rate = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  double correction1 = 1.0;
  double correction2 = 1.0;
};

}  // namespace fullshard::kernels
