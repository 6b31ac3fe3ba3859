#pragma once

#include <span>

#include "fullshard/kernels/matrix.hpp"
#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {
namespace {

template <class T>
void column_sum(const ColumnSum<T>& p, Range columns) {
  using A = Acc<T>;
  constexpr int64_t kRows = 16, kColumns = 256;
  for (int64_t first = 0; first < p.rows; first += kRows) {
    const int64_t last = first + kRows < p.rows ? first + kRows : p.rows;
    for (int64_t c = columns.begin; c < columns.end; c += kColumns) {
      const int64_t n = columns.end - c < kColumns ? columns.end - c : kColumns;
      A sum[kColumns] = {};
      for (int64_t r = first; r < last; ++r) {
        const T* x = p.x + r * p.stride + c;
        for (int64_t i = 0; i < n; ++i) sum[i] += get(x[i]);
      }
      for (int64_t i = 0; i < n; ++i) p.sum[c + i] += sum[i];
    }
  }
}

template <class T>
void embedding_gather(const EmbeddingGather<T>& p, Range rows) {
  for (int64_t r = rows.begin; r < rows.end; ++r)
    __builtin_memcpy(p.out + r * p.columns, p.table + p.id[r] * p.columns,
                     static_cast<uint64_t>(p.columns) * sizeof(T));
}

template <class T>
void embedding_scatter_add(const EmbeddingScatterAdd<T>& p, Range columns) {
  for (int64_t r = 0; r < p.rows; ++r) {
    const T* gradient = p.gradient + r * p.columns;
    Acc<T>* row = p.table_gradient + p.id[r] * p.columns;
#pragma GCC ivdep
    for (int64_t c = columns.begin; c < columns.end; ++c) row[c] += get(gradient[c]);
  }
}

template <class T>
void sum_of_squares(std::span<const T> x, std::span<double> partials) {
  const auto n = static_cast<int64_t>(x.size());
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const T* block = x.data() + begin;
    partials.data()[begin / kBlock] =
        sum_row<double>(n - begin < kBlock ? n - begin : kBlock, [=](int64_t i) {
          const double v = get(block[i]);
          return v * v;
        });
  }
}

template <class T>
void add_sum_of_squares(std::span<const T> src, std::span<Acc<T>> dst, std::span<double> partials) {
  const auto n = static_cast<int64_t>(src.size());
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t length = n - begin < kBlock ? n - begin : kBlock;
    const T* from = src.data() + begin;
    Acc<T>* to = dst.data() + begin;
#pragma GCC ivdep
    for (int64_t i = 0; i < length; ++i) to[i] += get(from[i]);
    partials.data()[begin / kBlock] = sum_row<double>(length, [=](int64_t i) {
      const double v = to[i];
      return v * v;
    });
  }
}

}  // namespace
}  // namespace fullshard::kernels
