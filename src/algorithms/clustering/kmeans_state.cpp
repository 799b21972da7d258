#include "algorithms/clustering/kmeans_state.hpp"

#include <cstdint>

namespace fullbase::clustering {

void put_history(data::StateWriter& writer, const std::string& part, const std::vector<KMeansIteration>& history) {
  std::vector<double> inertia;
  std::vector<std::int64_t> moved;
  std::vector<double> shift;
  for (const auto& iteration : history) {
    inertia.push_back(iteration.inertia);
    moved.push_back(iteration.moved);
    shift.push_back(iteration.shift);
  }
  writer.put(part + "inertia", inertia);
  writer.put(part + "moved", moved);
  writer.put(part + "shift", shift);
}

std::vector<KMeansIteration> read_history(const data::StateReader& reader, const std::string& part) {
  const auto inertia = reader.get<double>(part + "inertia");
  const auto moved = reader.get<std::int64_t>(part + "moved");
  const auto shift = reader.get<double>(part + "shift");
  std::vector<KMeansIteration> history;
  for (std::size_t i = 0; i < inertia.size(); ++i) history.push_back({inertia[i], moved.at(i), shift.at(i)});
  return history;
}

void put_state(data::StateWriter& writer, const std::string& part, const KMeansState& state) {
  writer.put_value(part + "start", std::int32_t{state.start});
  writer.put(part + "centroids", state.centroids);
  writer.put(part + "previous", state.previous);
  put_history(writer, part + "history/", state.history);
  if (!state.best) return;
  const auto best = part + "best/";
  writer.put_value(best + "start", std::int32_t{state.best->start});
  writer.put_value(best + "inertia", state.best->inertia);
  writer.put_value(best + "converged", std::uint8_t{state.best->converged});
  writer.put(best + "centroids", state.best->centroids);
  put_history(writer, best + "history/", state.best->history);
}

KMeansState read_state(const data::StateReader& reader, const std::string& part) {
  KMeansState state;
  state.start = reader.value<std::int32_t>(part + "start");
  state.centroids = reader.get<float>(part + "centroids");
  state.previous = reader.get<float>(part + "previous");
  state.history = read_history(reader, part + "history/");
  const auto best = part + "best/";
  if (!reader.has(best + "start")) return state;
  state.best = KMeansState::Best{reader.value<std::int32_t>(best + "start"), reader.value<double>(best + "inertia"),
                                 reader.value<std::uint8_t>(best + "converged") != 0, reader.get<float>(best + "centroids"),
                                 read_history(reader, best + "history/")};
  return state;
}

}  // namespace fullbase::clustering
