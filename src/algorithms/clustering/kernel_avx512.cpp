// Kernels for AVX-512 (x86-64-v4): one register holds a group of 16 centroids; a tile of 4 groups by 6 rows keeps 24 sums in
// flight, enough for the latency of two fma units, at 10 loads for 24 fma.
#include <immintrin.h>

#include "algorithms/clustering/kernel.hpp"

namespace fullbase::clustering::kernel {

namespace {

#include "algorithms/clustering/kernel_loops.inc"

constexpr int64_t strip_rows = 48;  // rows whose running bests stay in cache while the panel passes by

struct Best {
  alignas(64) float score[strip_rows * lanes];
  alignas(64) float second[strip_rows * lanes];
  alignas(64) int32_t group[strip_rows * lanes];
};

template <int R, int V, bool with_second>
inline __attribute__((always_inline)) void tile(const float* x, int64_t stride, const float* values, const float* norms,
                                                int64_t columns, int32_t group, float* score, float* second, int32_t* where) {
  __m512 sum[R][V];
  for (int v = 0; v < V; ++v) {
    const __m512 norm = _mm512_load_ps(norms + v * lanes);
    for (int r = 0; r < R; ++r) sum[r][v] = norm;
  }
  for (int64_t j = 0; j < columns; ++j) {
    __m512 c[V];
    for (int v = 0; v < V; ++v) c[v] = _mm512_load_ps(values + (j * V + v) * lanes);
    for (int r = 0; r < R; ++r) {
      const __m512 value = _mm512_set1_ps(x[r * stride + j]);
      for (int v = 0; v < V; ++v) sum[r][v] = _mm512_fmadd_ps(value, c[v], sum[r][v]);
    }
  }
  for (int r = 0; r < R; ++r) {
    __m512 lowest = _mm512_load_ps(score + r * lanes);
    __m512 next = with_second ? _mm512_load_ps(second + r * lanes) : lowest;
    __m512i groups = _mm512_load_si512(where + r * lanes);
    for (int v = 0; v < V; ++v) {
      const __mmask16 lower = _mm512_cmp_ps_mask(sum[r][v], lowest, _CMP_LT_OQ);
      if (with_second) next = _mm512_min_ps(next, _mm512_max_ps(sum[r][v], lowest));
      lowest = _mm512_min_ps(sum[r][v], lowest);
      groups = _mm512_mask_mov_epi32(groups, lower, _mm512_set1_epi32(group + v));
    }
    _mm512_store_ps(score + r * lanes, lowest);
    if (with_second) _mm512_store_ps(second + r * lanes, next);
    _mm512_store_si512(where + r * lanes, groups);
  }
}

template <int R, int V, bool with_second>
inline void rows_by_tile(const float* x, int64_t stride, int64_t rows, const float* values, const float* norms, int64_t columns,
                         int32_t group, Best& best) {
  int64_t i = 0;
  for (; i + R <= rows; i += R)
    tile<R, V, with_second>(x + i * stride, stride, values, norms, columns, group, best.score + i * lanes,
                            best.second + i * lanes, best.group + i * lanes);
  for (; i < rows; ++i)
    tile<1, V, with_second>(x + i * stride, stride, values, norms, columns, group, best.score + i * lanes,
                            best.second + i * lanes, best.group + i * lanes);
}

template <bool with_second>
void assign_rows(Rows rows, Panel panel, int32_t* label, float* best_score, float* second_score) {
  Best best;
  const __m512 infinity = _mm512_set1_ps(__builtin_inff());
  for (int64_t first = 0; first < rows.count; first += strip_rows) {
    const int64_t count = rows.count - first < strip_rows ? rows.count - first : strip_rows;
    for (int64_t i = 0; i < count; ++i) {
      _mm512_store_ps(best.score + i * lanes, infinity);
      if (with_second) _mm512_store_ps(best.second + i * lanes, infinity);
      _mm512_store_si512(best.group + i * lanes, _mm512_setzero_si512());
    }
    const float* x = rows.x + first * rows.stride;
    for (int64_t group = 0; group < panel.groups; group += tile_groups) {
      const float* values = panel.values + group * lanes * panel.columns;
      const float* norms = panel.norms + group * lanes;
      const int32_t g = static_cast<int32_t>(group);
      switch (panel.groups - group) {
        case 1:
          rows_by_tile<8, 1, with_second>(x, rows.stride, count, values, norms, panel.columns, g, best);
          break;
        case 2:
          rows_by_tile<8, 2, with_second>(x, rows.stride, count, values, norms, panel.columns, g, best);
          break;
        case 3:
          rows_by_tile<6, 3, with_second>(x, rows.stride, count, values, norms, panel.columns, g, best);
          break;
        default:
          rows_by_tile<6, 4, with_second>(x, rows.stride, count, values, norms, panel.columns, g, best);
          break;
      }
    }
    for (int64_t i = 0; i < count; ++i) {
      const __m512 scores = _mm512_load_ps(best.score + i * lanes);
      const float lowest = _mm512_reduce_min_ps(scores);
      unsigned equal = _mm512_cmp_ps_mask(scores, _mm512_set1_ps(lowest), _CMP_EQ_OQ);
      int lane = __builtin_ctz(equal);
      int32_t id = best.group[i * lanes + lane] * lanes + lane;
      for (equal &= equal - 1; equal != 0; equal &= equal - 1) {
        const int other = __builtin_ctz(equal);
        const int32_t other_id = best.group[i * lanes + other] * lanes + other;
        if (other_id < id) id = other_id, lane = other;
      }
      label[first + i] = id;
      best_score[first + i] = lowest + 0.0F;  // -0 becomes 0
      if (with_second) {
        const __mmask16 own = static_cast<__mmask16>(1U << lane);
        const __m512 others = _mm512_mask_mov_ps(scores, own, _mm512_load_ps(best.second + i * lanes));
        second_score[first + i] = _mm512_reduce_min_ps(others) + 0.0F;
      }
    }
  }
}

void assign(Rows rows, Panel panel, int32_t* label, float* best, float* second) {
  if (second == nullptr)
    assign_rows<false>(rows, panel, label, best, second);
  else
    assign_rows<true>(rows, panel, label, best, second);
}

template <int R>
inline __attribute__((always_inline)) void distances_of(const float* x, int64_t stride, const float* centroids, int64_t columns,
                                                        float* out) {
  __m512 sum[R];
  for (int r = 0; r < R; ++r) sum[r] = _mm512_setzero_ps();
  for (int64_t j = 0; j < columns; ++j) {
    const __m512 c = _mm512_load_ps(centroids + j * lanes);
    for (int r = 0; r < R; ++r) {
      const __m512 difference = _mm512_sub_ps(_mm512_set1_ps(x[r * stride + j]), c);
      sum[r] = _mm512_fmadd_ps(difference, difference, sum[r]);
    }
  }
  for (int r = 0; r < R; ++r) _mm512_storeu_ps(out + r * lanes, sum[r]);
}

void candidate_distances(Rows rows, const float* centroids, int64_t columns, float* out) {
  int64_t i = 0;
  for (; i + 8 <= rows.count; i += 8) distances_of<8>(rows.x + i * rows.stride, rows.stride, centroids, columns, out + i * lanes);
  for (; i < rows.count; ++i) distances_of<1>(rows.x + i * rows.stride, rows.stride, centroids, columns, out + i * lanes);
}

}  // namespace

const Table avx512 = {assign, candidate_distances, own_distances, move_rows, column_sums, subtract};

}  // namespace fullbase::clustering::kernel
