// The tables of a job while it runs: those of the store, the inputs, and those that steps have made so far.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "runtime/job_loading.hpp"
#include "runtime/manifest.hpp"
#include "runtime/sampled_table.hpp"
#include "store/publish.hpp"
#include "store/store.hpp"

namespace fullbase::runtime {

class JobTables {
 public:
  /// Collective. Opens the store. The job must outlive this.
  /// `scratch`: a folder for what is sampled.
  JobTables(comm::Communicator& communicator, const LoadedJob& job, std::string scratch);

  /// From here on tables of the store and inputs that have the sample's column hold its rows alone. Throws a job-file error if no
  /// table that is read has the column.
  void sample(KeySample sample);

  /// What the steps were checked against still holds: the store may have changed since, or an import made something else. Throws
  /// an input error, the same on every rank.
  void check_store() const;
  /// Collective. Files and tables that steps and checks read, in the record. Inputs that others made are read once for their
  /// digests.
  void record_inputs(RunRecord& record);

  /// The tables of step `step` lie in `file` from now on.
  void made(std::size_t step, std::string file) { files_.at(step) = std::move(file); }
  bool is_there(const Origin& origin) const { return origin.kind != Origin::Kind::step || !files_[origin.step].empty(); }
  /// Collective. What a reference names, opened by this rank; null for none. The first opening of a sampled table writes it.
  /// Throws an io error for an input that is another file than when the job was checked.
  std::unique_ptr<data::BlockSource> open(const Origin& origin);

  /// What identifies the content of a table of the store or of an input; record_inputs() has been called.
  std::string identity(const Origin& origin) const;
  /// What identifies the sample; empty for none.
  std::string sample_text() const;
  const std::vector<PartRecord::SampledTable>& sampled() const noexcept { return sampled_rows_; }

 private:
  std::unique_ptr<data::BlockSource> open_whole(const Origin& origin);
  const InputOptions& input_options(const std::string& name) const;

  comm::Communicator& communicator_;
  const LoadedJob& job_;
  std::optional<store::Store> store_;
  std::vector<std::string> files_;  ///< by step; empty: not made yet
  std::map<std::string, std::string> input_digests_;
  std::string scratch_;
  std::optional<KeySample> sample_;
  std::map<std::string, FilteredTable> sampled_;
  std::vector<PartRecord::SampledTable> sampled_rows_;
};

}  // namespace fullbase::runtime
