// What every x86-64-v2 CPU runs, and the reference that the vector kernels agree with bit for bit. Where the CPU lacks fma the C
// library computes it, correctly and slowly.
#include "algorithms/clustering/kernel.hpp"

namespace fullbase::clustering::kernel {

namespace {

#include "algorithms/clustering/kernel_loops.inc"

void assign(Rows rows, Panel panel, int32_t* label, float* best, float* second) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* x = rows.x + i * rows.stride;
    int32_t lowest = 0;
    float lowest_score = __builtin_inff();
    float next_score = __builtin_inff();
    for (int64_t group = 0; group < panel.groups; ++group) {
      const int64_t tile = group / tile_groups;
      const int64_t left = panel.groups - tile * tile_groups;
      const int64_t width = (left < tile_groups ? left : tile_groups) * lanes;
      const float* values = panel.values + tile * tile_groups * lanes * panel.columns + group % tile_groups * lanes;
      float score[lanes];
      for (int l = 0; l < lanes; ++l) score[l] = panel.norms[group * lanes + l];
      for (int64_t j = 0; j < panel.columns; ++j)
        for (int l = 0; l < lanes; ++l) score[l] = __builtin_fmaf(x[j], values[j * width + l], score[l]);
      for (int l = 0; l < lanes; ++l) {
        if (score[l] < lowest_score) {
          next_score = lowest_score;
          lowest_score = score[l];
          lowest = static_cast<int32_t>(group * lanes + l);
        } else if (score[l] < next_score) {
          next_score = score[l];
        }
      }
    }
    label[i] = lowest;
    best[i] = lowest_score + 0.0F;  // -0 becomes 0
    if (second != nullptr) second[i] = next_score + 0.0F;
  }
}

void candidate_distances(Rows rows, const float* centroids, int64_t columns, float* out) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* x = rows.x + i * rows.stride;
    float* sum = out + i * candidate_max;
    for (int l = 0; l < candidate_max; ++l) sum[l] = 0;
    for (int64_t j = 0; j < columns; ++j)
      for (int l = 0; l < candidate_max; ++l) {
        const float difference = x[j] - centroids[j * candidate_max + l];
        sum[l] = __builtin_fmaf(difference, difference, sum[l]);
      }
  }
}

}  // namespace

const Table baseline = {assign, candidate_distances, own_distances, move_rows, column_sums, subtract};

}  // namespace fullbase::clustering::kernel
