#include "jobs/kmeans_search.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace fullbase::jobs {

void put_search(data::StateWriter& writer, const std::string& part, const KMeansSearch& search) {
  writer.put_value(part + "tried", std::ssize(search.tried));
  for (std::size_t i = 0; i < search.tried.size(); ++i) {
    const auto& candidate = search.tried[i];
    const auto own = fmt::format("{}tried {}/", part, i);
    writer.put_value(own + "k", std::int32_t{candidate.k});
    writer.put_value(own + "converged", std::uint8_t{candidate.fit.converged});
    clustering::put_history(writer, own + "history/", candidate.fit.history);
    const auto& criteria = candidate.criteria;
    writer.put(own + "criteria", std::vector<double>{candidate.fit.inertia, criteria.inertia, criteria.silhouette,
                                                     criteria.calinski_harabasz, criteria.davies_bouldin});
    writer.put_value(own + "silhouette_is_exact", std::uint8_t{criteria.silhouette_is_exact});
  }
  if (search.tried.empty()) return;
  writer.put_value(part + "best", static_cast<std::int64_t>(search.best));
  clustering::put_state(writer, part + "best/", search.best_state);
}

KMeansSearch read_search(const data::StateReader& reader, const std::string& part) {
  KMeansSearch search;
  const auto tried = reader.value<std::int64_t>(part + "tried");
  for (std::int64_t i = 0; i < tried; ++i) {
    const auto own = fmt::format("{}tried {}/", part, i);
    Candidate candidate{reader.value<std::int32_t>(own + "k"), {}, {}};
    candidate.fit.converged = reader.value<std::uint8_t>(own + "converged") != 0;
    candidate.fit.history = clustering::read_history(reader, own + "history/");
    const auto criteria = reader.get<double>(own + "criteria");
    candidate.fit.inertia = criteria.at(0);
    candidate.criteria = {criteria.at(1), criteria.at(2), reader.value<std::uint8_t>(own + "silhouette_is_exact") != 0,
                          criteria.at(3), criteria.at(4)};
    search.tried.push_back(std::move(candidate));
  }
  if (search.tried.empty()) return search;
  search.best = static_cast<std::size_t>(reader.value<std::int64_t>(part + "best"));
  search.best_state = clustering::read_state(reader, part + "best/");
  return search;
}

}  // namespace fullbase::jobs
