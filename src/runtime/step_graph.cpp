#include "runtime/step_graph.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fullbase::runtime {
namespace {

class Resolver {
 public:
  Resolver(const JobFile& job, const StoreNames& store, config::Diagnostics& diagnostics)
      : job_(job), store_(store), diagnostics_(diagnostics) {
    for (const auto& step : job.steps) names_.push_back(step.id);
    for (const auto& [name, input] : job.options.inputs) {
      names_.push_back(name.value);
      inputs_.insert(name.value);
    }
    names_.insert(names_.end(), store.tables.begin(), store.tables.end());
  }

  /// `default_table`: what a step's id alone stands for; "": its main table.
  Origin resolve(const config::Located<std::string>& reference, const std::string& default_table = {}) {
    Origin origin;
    origin.text = reference.value;
    origin.position = reference.position;
    const auto dot = reference.value.find('.');
    const auto name = reference.value.substr(0, dot);
    const auto step = std::find_if(job_.steps.begin(), job_.steps.end(), [&](const auto& one) { return one.id == name; });
    if (step != job_.steps.end()) {
      origin.kind = Origin::Kind::step;
      origin.step = static_cast<std::size_t>(step - job_.steps.begin());
      origin.table = dot == std::string::npos ? default_table : reference.value.substr(dot + 1);
      if (dot != std::string::npos && origin.table.empty())
        diagnostics_.error(reference.position, fmt::format("'{}' names no table after its dot", reference.value),
                           fmt::format("write {} for the step's main table", name));
    } else if (dot == std::string::npos && inputs_.contains(name)) {
      origin.kind = Origin::Kind::input;
      origin.name = name;
    } else if (store_.tables.contains(reference.value)) {  // "lines", "lines.rejects"
      origin.kind = Origin::Kind::store_table;
      origin.name = reference.value;
    } else if (dot != std::string::npos && (inputs_.contains(name) || store_.tables.contains(name))) {
      diagnostics_.error(reference.position, fmt::format("'{}' is one table and has no others", name),
                         fmt::format("write {}", name));
    } else {
      diagnostics_.unknown_name(reference.position,
                                fmt::format("'{}' is no step, no input and no table of {}", name, store_.called), name, names_);
    }
    return origin;
  }

 private:
  const JobFile& job_;
  const StoreNames& store_;
  config::Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::set<std::string> inputs_;
};

/// Depth first in the order of the file: a step is placed once all that it reads is.
class Sorter {
 public:
  Sorter(const JobFile& job, StepGraph& graph, config::Diagnostics& diagnostics)
      : job_(job), graph_(graph), diagnostics_(diagnostics), state_(job.steps.size(), State::untouched) {}

  void sort() {
    for (std::size_t step = 0; step < job_.steps.size(); ++step) place(step);
  }

 private:
  enum class State { untouched, open, placed, in_cycle };

  /// False if the step cannot be placed.
  bool place(std::size_t step) {
    if (state_[step] == State::placed) return true;
    if (state_[step] == State::in_cycle) return false;
    state_[step] = State::open;
    path_.push_back(step);
    bool possible = true;
    for (const auto& origin : graph_.origins[step]) {
      if (origin.kind != Origin::Kind::step) continue;
      if (state_[origin.step] == State::open) {
        report(origin);
        possible = false;
      } else {
        possible = place(origin.step) && possible;
      }
    }
    path_.pop_back();
    state_[step] = possible ? State::placed : State::in_cycle;
    if (possible) graph_.order.push_back(step);
    return possible;
  }

  void report(const Origin& closing) {
    std::string cycle;
    const auto first = std::find(path_.begin(), path_.end(), closing.step);
    for (auto step = first; step != path_.end(); ++step) cycle += job_.steps[*step].id + " reads ";
    std::string problem = path_.end() - first == 1 ? fmt::format("step {} reads itself", job_.steps[closing.step].id)
                                                   : fmt::format("steps form a cycle: {}", cycle);
    // "a reads b reads a", each from its right neighbour.
    if (path_.end() - first > 1) problem += job_.steps[closing.step].id;
    diagnostics_.error(closing.position, problem, "a step may read only what is there before it runs");
  }

  const JobFile& job_;
  StepGraph& graph_;
  config::Diagnostics& diagnostics_;
  std::vector<State> state_;
  std::vector<std::size_t> path_;
};

}  // namespace

Origin resolve_reference(const JobFile& job, const StoreNames& store, const config::Located<std::string>& reference,
                         config::Diagnostics& diagnostics) {
  return Resolver(job, store, diagnostics).resolve(reference);
}

StepGraph make_graph(const JobFile& job, const StoreNames& store, config::Diagnostics& diagnostics) {
  StepGraph graph;
  Resolver resolver(job, store, diagnostics);
  const auto steps_scope = diagnostics.enter("steps");
  for (const auto& step : job.steps) {
    const auto step_scope = diagnostics.enter(step.id);
    const auto from_scope = diagnostics.enter("from");
    std::vector<Origin> origins(step.inputs.size());
    for (std::size_t slot = 0; slot < origins.size(); ++slot) {
      for (const auto& [name, reference] : step.common.from) {
        if (name == step.inputs[slot].name || (name.empty() && slot == 0))
          origins[slot] = resolver.resolve(reference, step.inputs[slot].default_table);
      }
    }
    graph.origins.push_back(std::move(origins));
  }
  Sorter(job, graph, diagnostics).sort();
  return graph;
}

}  // namespace fullbase::runtime
