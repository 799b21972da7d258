#include "jobs/kmeans_tables.hpp"

namespace fullbase::jobs {
namespace {

void add_features(TableBuilder& table, const std::vector<std::string>& features, const std::vector<CentroidRow>& centroids) {
  for (std::size_t j = 0; j < features.size(); ++j) {
    auto& values = table.float64s(features[j]);
    for (const auto& centroid : centroids) values.push_back(centroid.values[j]);
  }
}

}  // namespace

TableBuilder centroid_table(const std::vector<std::string>& features, const std::vector<CentroidRow>& centroids,
                            const NamesByNumber& names_of) {
  TableBuilder table;
  auto& segment = table.int64s("segment");
  if (!names_of.empty()) {
    auto& names = table.strings("name");
    for (const auto& centroid : centroids) names.push_back(name_of(names_of, centroid.segment));
  }
  auto& rows = table.int64s("rows");
  auto& share = table.float64s("share");
  for (std::size_t c = 0; c < centroids.size(); ++c) {
    segment.push_back(centroids[c].segment);
    rows.push_back(centroids[c].rows);
    share.push_back(static_cast<double>(centroids[c].rows) / static_cast<double>(centroids[c].of));
  }
  add_features(table, features, centroids);
  return table;
}

TableBuilder scaled_table(const std::vector<std::string>& features, const std::vector<CentroidRow>& centroids) {
  TableBuilder table;
  auto& segment = table.int64s("segment");
  for (const auto& centroid : centroids) segment.push_back(centroid.segment);
  add_features(table, features, centroids);
  return table;
}

TableBuilder quality_table(const std::vector<Candidate>& tried, int chosen) {
  TableBuilder table;
  auto& k = table.int64s("k");
  auto& is_chosen = table.bools("chosen");
  auto& inertia = table.float64s("inertia");
  auto& silhouette = table.float64s("silhouette");
  auto& silhouette_kind = table.strings("silhouette_kind");
  auto& calinski_harabasz = table.float64s("calinski_harabasz");
  auto& davies_bouldin = table.float64s("davies_bouldin");
  auto& iterations = table.int64s("iterations");
  auto& converged = table.bools("converged");
  for (const auto& candidate : tried) {
    k.push_back(candidate.k);
    is_chosen.push_back(candidate.k == chosen ? 1 : 0);
    inertia.push_back(candidate.fit.inertia);
    silhouette.push_back(candidate.criteria.silhouette);
    silhouette_kind.push_back(candidate.criteria.silhouette_is_exact ? "exact" : "simplified");
    calinski_harabasz.push_back(candidate.criteria.calinski_harabasz);
    davies_bouldin.push_back(candidate.criteria.davies_bouldin);
    iterations.push_back(std::ssize(candidate.fit.history));
    converged.push_back(candidate.fit.converged ? 1 : 0);
  }
  return table;
}

TableBuilder history_table(const std::vector<Candidate>& tried) {
  TableBuilder table;
  auto& k = table.int64s("k");
  auto& iteration = table.int64s("iteration");
  auto& inertia = table.float64s("inertia");
  auto& moved = table.int64s("moved");
  auto& shift = table.float64s("shift");
  for (const auto& candidate : tried) {
    for (std::size_t i = 0; i < candidate.fit.history.size(); ++i) {
      const auto& row = candidate.fit.history[i];
      k.push_back(candidate.k);
      iteration.push_back(static_cast<std::int64_t>(i) + 1);
      inertia.push_back(row.inertia);
      moved.push_back(row.moved);
      shift.push_back(row.shift);
    }
  }
  return table;
}

}  // namespace fullbase::jobs
