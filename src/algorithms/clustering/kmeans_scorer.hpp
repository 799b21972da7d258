// A fitted k-means as a stored model: rows of any table to the segments that the fit found, with the fit's own arithmetic.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "algorithms/clustering/panel.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"
#include "algorithms/prepare/transform.hpp"

namespace fullbase::clustering {

inline constexpr const char* kmeans_kind = "kmeans";

/// k centroids of d columns, and what makes a table's values comparable with them.
struct KMeansModel {
  std::vector<prepare::FittedColumn> columns;  ///< names and transforms; positions are not looked at
  bool infinite_is_missing = false;            ///< otherwise rows with infinite values cannot be scored
  std::vector<float> centre;                   ///< d: what is taken from transformed rows
  std::vector<float> centroids;                ///< k x d, less the centre: KMeansResult::centred
  std::vector<std::int64_t> segments;          ///< k numbers, all different: what each centroid's rows are told
};
learning::ModelWriter write_model(const KMeansModel& model);

/// Outputs are the distances (Euclidean, float32) to the centroids, classes the segments in ascending order. The least output is
/// that of the segment which kmeans() and nearest_centroids() give to an equal row, and equal to their distance: where float32
/// rounding makes another centroid look as near, that one's output is raised to the next float32. Effects are, by column, how
/// much nearer the row is to its own centroid than to the next nearest one: (x - c_next)^2 - (x - c_own)^2, transformed; 0 where
/// there is one segment. A row cannot be scored if a value is missing and not filled by the column's transforms, is infinite
/// (unless that counts as missing), has no log1p where one is asked for, or leaves the range of column_statistics().
///
/// Cost of a row: 2 k d multiply-adds. Memory of a call: 8 d + 64 bytes a row.
class KMeansScorer final : public learning::Scorer {
 public:
  explicit KMeansScorer(KMeansModel model);

  Output output() const noexcept override { return Output::distance; }
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override;

 private:
  struct Rows;
  void transform(const double* values, std::int64_t stride, Rows& rows) const;
  void measure(const Rows& rows, double* out) const;
  void explain(const Rows& rows, const double* out, double* effects) const;
  std::int64_t clusters() const noexcept { return std::ssize(model_.segments); }
  std::int64_t columns() const noexcept { return std::ssize(model_.columns); }

  KMeansModel model_;
  CentroidPanel panel_;
  std::vector<std::int64_t> place_;  ///< of each centroid's segment among the classes
};

/// Throws an input error for a model whose parts do not fit each other.
std::unique_ptr<learning::Scorer> load_kmeans(const learning::ModelReader& reader);

}  // namespace fullbase::clustering
