// The output of the night before, from which a run goes on: its tables, and the moment that it looked back from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/schema.hpp"
#include "store/file.hpp"
#include "store/inspect.hpp"

namespace fullbase::runtime {

class Roots;

/// The run that goes on from a previous output.
struct Tonight {
  std::string output;                 ///< output.file as the job file says it
  std::optional<std::int64_t> as_of;  ///< UTC microseconds
};

/// A published output of `fullbase run`, as every rank knows it. An input like any other: a result may depend on its tables,
/// never on its place, age or layout (fingerprints tell outputs apart by digest()).
class PreviousOutput {
 public:
  struct Found {
    std::shared_ptr<const PreviousOutput> output;  ///< null: a first night
    std::string why_none;                          ///< and why it is one
  };
  /// Collective. Links are followed once, so that one that is set anew during the run leads no rank elsewhere; what is looked at
  /// in the end is previous_place() (previous_place.hpp). Reads the manifest (rank 0, 8 bytes and its text sent) and the schemas
  /// of all tables (every rank). Errors, the same on every rank: input for a file that is no output of `fullbase run`, or of
  /// another format, and for a link that leads to nothing; job file for one that lies outside of the roots; io.
  static Found load(comm::Communicator& communicator, const std::string& file, const Tonight& tonight, const Roots& roots);

  /// Where it lies, without links.
  const std::string& path() const noexcept { return file_.path(); }
  /// As its manifest says; see format.md.
  const std::string& digest() const noexcept { return digest_; }
  std::optional<std::int64_t> as_of() const noexcept { return as_of_; }

  /// A table by the name that outputs give it: "rfm", "segments/centroids"; null if there is none. Throws an input error for one
  /// that cannot be opened.
  const store::TableSummary* find(std::string_view table) const;
  /// All of them, for messages.
  std::vector<std::string> table_names() const;
  /// Not collective: wrap it in comm::collective_try. Errors as store::open_table, and an io error where another file than the
  /// one that was loaded is there now.
  std::unique_ptr<data::BlockSource> open(std::string_view table) const;

  /// Throws an io error unless the file still is the output that was loaded. Not collective.
  void require_unchanged() const;

 private:
  explicit PreviousOutput(const std::string& path) : file_(path) {}

  store::StandingFile file_;
  std::string digest_;
  std::optional<std::int64_t> as_of_;
  std::vector<store::TableSummary> tables_;
};

}  // namespace fullbase::runtime
