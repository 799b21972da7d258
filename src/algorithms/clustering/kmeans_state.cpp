#include "algorithms/clustering/kmeans_state.hpp"

#include <cstdint>
#include <vector>

namespace fullbase::clustering {

void put_history(data::StateWriter& writer, const std::string& name, const std::vector<KMeansIteration>& history) {
  std::vector<double> inertia;
  std::vector<std::int64_t> moved;
  std::vector<double> shift;
  for (const auto& iteration : history) {
    inertia.push_back(iteration.inertia);
    moved.push_back(iteration.moved);
    shift.push_back(iteration.shift);
  }
  writer.put(name + ".inertia", inertia);
  writer.put(name + ".moved", moved);
  writer.put(name + ".shift", shift);
}

std::vector<KMeansIteration> get_history(const data::StateReader& reader, const std::string& name) {
  const auto inertia = reader.get<double>(name + ".inertia");
  const auto moved = reader.get<std::int64_t>(name + ".moved");
  const auto shift = reader.get<double>(name + ".shift");
  std::vector<KMeansIteration> history;
  for (std::size_t i = 0; i < inertia.size(); ++i) history.push_back({inertia[i], moved[i], shift[i]});
  return history;
}

void put_state(data::StateWriter& writer, const std::string& name, const KMeansState& state) {
  writer.put_value(name + ".start", std::int32_t{state.start});
  writer.put(name + ".centroids", state.centroids);
  writer.put(name + ".previous", state.previous);
  put_history(writer, name + ".history", state.history);
  if (!state.best) return;
  const auto best = name + ".best";
  writer.put_value(best + ".start", std::int32_t{state.best->start});
  writer.put_value(best + ".inertia", state.best->inertia);
  writer.put_value(best + ".converged", std::uint8_t{state.best->converged});
  writer.put(best + ".centroids", state.best->centroids);
  put_history(writer, best + ".history", state.best->history);
}

KMeansState get_kmeans_state(const data::StateReader& reader, const std::string& name) {
  KMeansState state;
  state.start = reader.value<std::int32_t>(name + ".start");
  state.centroids = reader.get<float>(name + ".centroids");
  state.previous = reader.get<float>(name + ".previous");
  state.history = get_history(reader, name + ".history");
  const auto best = name + ".best";
  if (!reader.has(best + ".start")) return state;
  state.best = KMeansState::Best{reader.value<std::int32_t>(best + ".start"), reader.value<double>(best + ".inertia"),
                                 reader.value<std::uint8_t>(best + ".converged") != 0, reader.get<float>(best + ".centroids"),
                                 get_history(reader, best + ".history")};
  return state;
}

}  // namespace fullbase::clustering
