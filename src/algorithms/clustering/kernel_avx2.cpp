// Kernels for AVX2 and FMA (x86-64-v3): a group of 16 centroids is two registers; 6 rows by one group keep 12 sums in flight.
#include <immintrin.h>

#include "algorithms/clustering/kernel.hpp"

namespace fullbase::clustering::kernel {

namespace {

#include "algorithms/clustering/kernel_loops.inc"

constexpr int half = lanes / 2;
constexpr int64_t strip_rows = 48;  // rows whose running bests stay in cache while the panel passes by

struct Best {
  alignas(32) float score[strip_rows * lanes];
  alignas(32) float second[strip_rows * lanes];
  alignas(32) int32_t group[strip_rows * lanes];
};

template <int R, bool with_second>
inline __attribute__((always_inline)) void rows_by_group(const float* x, int64_t stride, const float* values, int64_t width,
                                                         const float* norms, int64_t columns, int32_t group, float* score,
                                                         float* second, int32_t* where) {
  __m256 sum[R][2];
  for (int h = 0; h < 2; ++h) {
    const __m256 norm = _mm256_load_ps(norms + h * half);
    for (int r = 0; r < R; ++r) sum[r][h] = norm;
  }
  for (int64_t j = 0; j < columns; ++j) {
    const __m256 c0 = _mm256_load_ps(values + j * width);
    const __m256 c1 = _mm256_load_ps(values + j * width + half);
    for (int r = 0; r < R; ++r) {
      const __m256 value = _mm256_broadcast_ss(x + r * stride + j);
      sum[r][0] = _mm256_fmadd_ps(value, c0, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(value, c1, sum[r][1]);
    }
  }
  const __m256 id = _mm256_castsi256_ps(_mm256_set1_epi32(group));
  for (int r = 0; r < R; ++r)
    for (int h = 0; h < 2; ++h) {
      const int64_t at = r * lanes + h * half;
      const __m256 lowest = _mm256_load_ps(score + at);
      const __m256 lower = _mm256_cmp_ps(sum[r][h], lowest, _CMP_LT_OQ);
      if (with_second) {
        const __m256 next = _mm256_load_ps(second + at);
        _mm256_store_ps(second + at, _mm256_min_ps(next, _mm256_max_ps(sum[r][h], lowest)));
      }
      float* groups = reinterpret_cast<float*>(where + at);
      _mm256_store_ps(score + at, _mm256_min_ps(sum[r][h], lowest));
      _mm256_store_ps(groups, _mm256_blendv_ps(_mm256_load_ps(groups), id, lower));
    }
}

inline float lowest_of(__m256 a, __m256 b) {
  const __m256 m = _mm256_min_ps(a, b);
  __m128 q = _mm_min_ps(_mm256_castps256_ps128(m), _mm256_extractf128_ps(m, 1));
  q = _mm_min_ps(q, _mm_movehl_ps(q, q));
  q = _mm_min_ss(q, _mm_shuffle_ps(q, q, 1));
  return _mm_cvtss_f32(q);
}

template <bool with_second>
void assign_rows(Rows rows, Panel panel, int32_t* label, float* best_score, float* second_score) {
  Best best;
  const __m256 infinity = _mm256_set1_ps(__builtin_inff());
  for (int64_t first = 0; first < rows.count; first += strip_rows) {
    const int64_t count = rows.count - first < strip_rows ? rows.count - first : strip_rows;
    for (int64_t i = 0; i < count * lanes; i += half) {
      _mm256_store_ps(best.score + i, infinity);
      if (with_second) _mm256_store_ps(best.second + i, infinity);
      _mm256_store_si256(reinterpret_cast<__m256i*>(best.group + i), _mm256_setzero_si256());
    }
    const float* x = rows.x + first * rows.stride;
    for (int64_t group = 0; group < panel.groups; ++group) {
      const int64_t tile = group / tile_groups;
      const int64_t left = panel.groups - tile * tile_groups;
      const int64_t width = (left < tile_groups ? left : tile_groups) * lanes;
      const float* values = panel.values + tile * tile_groups * lanes * panel.columns + group % tile_groups * lanes;
      const float* norms = panel.norms + group * lanes;
      const int32_t g = static_cast<int32_t>(group);
      int64_t i = 0;
      for (; i + 6 <= count; i += 6)
        rows_by_group<6, with_second>(x + i * rows.stride, rows.stride, values, width, norms, panel.columns, g,
                                      best.score + i * lanes, best.second + i * lanes, best.group + i * lanes);
      for (; i < count; ++i)
        rows_by_group<1, with_second>(x + i * rows.stride, rows.stride, values, width, norms, panel.columns, g,
                                      best.score + i * lanes, best.second + i * lanes, best.group + i * lanes);
    }
    for (int64_t i = 0; i < count; ++i) {
      const __m256 a = _mm256_load_ps(best.score + i * lanes);
      const __m256 b = _mm256_load_ps(best.score + i * lanes + half);
      const float lowest = lowest_of(a, b);
      const __m256 wanted = _mm256_set1_ps(lowest);
      unsigned equal = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a, wanted, _CMP_EQ_OQ))) |
                       static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(b, wanted, _CMP_EQ_OQ))) << half;
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
        best.score[i * lanes + lane] = best.second[i * lanes + lane];
        second_score[first + i] =
            lowest_of(_mm256_load_ps(best.score + i * lanes), _mm256_load_ps(best.score + i * lanes + half)) + 0.0F;
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
  __m256 sum[R][2];
  for (int r = 0; r < R; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
  for (int64_t j = 0; j < columns; ++j)
    for (int r = 0; r < R; ++r) {
      const __m256 value = _mm256_broadcast_ss(x + r * stride + j);
      for (int h = 0; h < 2; ++h) {
        const __m256 difference = _mm256_sub_ps(value, _mm256_load_ps(centroids + j * lanes + h * half));
        sum[r][h] = _mm256_fmadd_ps(difference, difference, sum[r][h]);
      }
    }
  for (int r = 0; r < R; ++r)
    for (int h = 0; h < 2; ++h) _mm256_storeu_ps(out + r * lanes + h * half, sum[r][h]);
}

void candidate_distances(Rows rows, const float* centroids, int64_t columns, float* out) {
  int64_t i = 0;
  for (; i + 4 <= rows.count; i += 4) distances_of<4>(rows.x + i * rows.stride, rows.stride, centroids, columns, out + i * lanes);
  for (; i < rows.count; ++i) distances_of<1>(rows.x + i * rows.stride, rows.stride, centroids, columns, out + i * lanes);
}

}  // namespace

const Table avx2 = {assign, candidate_distances, own_distances, move_rows, column_sums, subtract};

}  // namespace fullbase::clustering::kernel
