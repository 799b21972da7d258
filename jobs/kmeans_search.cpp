#include "jobs/kmeans_search.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace fullbase::jobs {

void put_search(data::StateWriter& writer, const KMeansSearch& search, const clustering::KMeansState& running) {
  writer.put_value("tried", std::ssize(search.tried));
  for (std::size_t i = 0; i < search.tried.size(); ++i) {
    const auto& candidate = search.tried[i];
    const auto name = fmt::format("tried.{}", i);
    writer.put_value(name + ".k", std::int32_t{candidate.k});
    writer.put_value(name + ".converged", std::uint8_t{candidate.fit.converged});
    clustering::put_history(writer, name + ".history", candidate.fit.history);
    const auto& criteria = candidate.criteria;
    writer.put(name + ".criteria", std::vector<double>{candidate.fit.inertia, criteria.inertia, criteria.silhouette,
                                                       criteria.calinski_harabasz, criteria.davies_bouldin});
    writer.put_value(name + ".silhouette_is_exact", std::uint8_t{criteria.silhouette_is_exact});
  }
  if (!search.tried.empty()) {
    writer.put_value("best", static_cast<std::int64_t>(search.best));
    clustering::put_state(writer, "best", search.best_state);
  }
  clustering::put_state(writer, "running", running);
}

KMeansSearch get_search(const data::StateReader& reader) {
  KMeansSearch search;
  const auto tried = reader.value<std::int64_t>("tried");
  for (std::int64_t i = 0; i < tried; ++i) {
    const auto name = fmt::format("tried.{}", i);
    Candidate candidate{reader.value<std::int32_t>(name + ".k"), {}, {}};
    candidate.fit.converged = reader.value<std::uint8_t>(name + ".converged") != 0;
    candidate.fit.history = clustering::get_history(reader, name + ".history");
    const auto criteria = reader.get<double>(name + ".criteria");
    candidate.fit.inertia = criteria[0];
    candidate.criteria = {criteria[1], criteria[2], reader.value<std::uint8_t>(name + ".silhouette_is_exact") != 0, criteria[3],
                          criteria[4]};
    search.tried.push_back(std::move(candidate));
  }
  if (tried > 0) {
    search.best = static_cast<std::size_t>(reader.value<std::int64_t>("best"));
    search.best_state = clustering::get_kmeans_state(reader, "best");
  }
  search.running = clustering::get_kmeans_state(reader, "running");
  return search;
}

}  // namespace fullbase::jobs
