// Which step needs which: references resolved to what they name, and an order in which every step follows what it reads.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "runtime/job_file.hpp"

namespace fullbase::runtime {

/// What a `from` names.
struct Origin {
  enum class Kind {
    none,         ///< an optional input that was left out, or a mistake that was reported
    store_table,  ///< `name` in the store
    input,        ///< `name` of the job's inputs
    step,         ///< table `table` ("": the main one) of step `step`
  };
  Kind kind = Kind::none;
  std::string name = {};
  std::size_t step = 0;
  std::string table = {};
  std::string text = {};  ///< as written: "rfm", "segments.centroids"
  config::Position position = {};

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct StepGraph {
  std::vector<std::vector<Origin>> origins;  ///< by step (as in JobFile::steps) and slot
  std::vector<std::size_t> order;            ///< steps, each after those that it reads; as in the file where that leaves a choice
};

/// What a reference may name in the job's store.
struct StoreNames {
  std::set<std::string> tables;
  std::string called = "the store";  ///< in messages: "the store data/retail"
};

/// What a reference names. A step's id stands for the step, even if the store has a table of that name. What names nothing is
/// reported, and is none.
Origin resolve_reference(const JobFile& job, const StoreNames& store, const config::Located<std::string>& reference,
                         config::Diagnostics& diagnostics);

/// A step's id stands for the step, even if the store has a table of that name; alone, without a dot, for its main table, or for
/// the one that the slot which it stands in prefers (InputSlot::default_table). Names that are none of a step, an input or one of
/// the store's tables, tables with a dot that belong to no step, and cycles are reported; steps of a cycle are not in the order.
StepGraph make_graph(const JobFile& job, const StoreNames& store, config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
