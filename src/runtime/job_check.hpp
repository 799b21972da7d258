// The check of a whole job before any data is read: conditions and steps against the schemas of their inputs, in running order.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "data/expression.hpp"
#include "runtime/bound_check.hpp"
#include "runtime/job_file.hpp"
#include "runtime/previous.hpp"
#include "runtime/step_graph.hpp"
#include "store/file.hpp"

namespace fullbase::runtime {

/// Tables that are there before any step runs. A name without a schema is known to exist, but not how it looks, because of a
/// mistake that was reported.
struct KnownTables {
  std::map<std::string, std::optional<data::Schema>> store;
  std::string store_called = "the store";  ///< StoreNames::called
  std::map<std::string, std::optional<data::Schema>> inputs;
  std::map<std::string, store::StandingFile> input_files;    ///< what the inputs' paths lead to
  std::shared_ptr<const PreviousOutput> previous = nullptr;  ///< null: none is named, or a first night
};

struct CheckedStep {
  std::vector<std::optional<data::BoundExpression>> filters;  ///< `where` by slot
  bool reads_previous = false;                                ///< asks for the output of the night before
  std::vector<TableOutline> outlines;                         ///< main table first; empty after a mistake
};

struct CheckedJob {
  JobFile file;
  StepGraph graph;
  std::vector<CheckedStep> steps;  ///< as JobFile::steps
  std::vector<BoundCheck> checks;

  /// The schema of what a slot of a step reads; null if it is not known or not given.
  const data::Schema* schema(const Origin& origin, const KnownTables& tables) const;
  /// What a slot reads, as outputs name tables: "rfm", "segments/centroids"; empty for none.
  std::string table_name(const Origin& origin) const;
};

/// Reports every mistake that can be found; steps that depend on one that was beyond checking are passed over.
CheckedJob check_job(JobFile file, const KnownTables& tables, config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
