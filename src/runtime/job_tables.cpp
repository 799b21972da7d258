#include "runtime/job_tables.hpp"

#include <fmt/format.h>

#include <set>

#include "base/hash.hpp"
#include "comm/agreement.hpp"
#include "store/digest.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

/// Every reference of steps and checks.
std::vector<Origin> references(const CheckedJob& job) {
  std::vector<Origin> all;
  for (const auto& origins : job.graph.origins) all.insert(all.end(), origins.begin(), origins.end());
  for (const auto& check : job.checks) all.insert(all.end(), {check.origin, check.reference});
  return all;
}

}  // namespace

JobTables::JobTables(comm::Communicator& communicator, const LoadedJob& job, std::string scratch)
    : communicator_(communicator), job_(job), files_(job.checked.file.steps.size()), scratch_(std::move(scratch)) {
  if (job.checked.file.options.store) store_ = store::Store::open(communicator, *job.checked.file.options.store);
}

void JobTables::check_store() const {
  for (const auto& origin : references(job_.checked)) {
    if (origin.kind != Origin::Kind::store_table) continue;
    if (store_->at(origin.name).schema != *job_.tables.store.at(origin.name))
      throw base::input_error(fmt::format("table {} is not what it was when the job was checked", origin.name), store_->folder(),
                              "another run has changed the store; run the job again");
  }
}

void JobTables::record_inputs(RunRecord& record) {
  std::set<std::string> seen;
  for (const auto& origin : references(job_.checked)) {
    if (origin.kind == Origin::Kind::step || origin.kind == Origin::Kind::none || !seen.insert(origin.name).second) continue;
    if (origin.kind == Origin::Kind::input) {
      const auto source = open_whole(origin);
      const auto& given = input_options(origin.name);
      const auto digest = store::table_digest(communicator_, *source);
      input_digests_[origin.name] = digest;
      record.inputs.push_back({origin.name, job_.tables.input_files.at(origin.name).path() + ":" + given.table, digest,
                               source->bytes_read(), source->rows()});
      continue;
    }
    for (const auto& part : store_->at(origin.name).parts)
      record.inputs.push_back({origin.name, part.source.path, part.source.sha256, part.source.bytes, part.rows,
                               base::hex(base::sha256(part.checksum + "\n" + part.source.options_sha256))});
  }
}

std::string JobTables::identity(const Origin& origin) const {
  if (origin.kind == Origin::Kind::input) return input_digests_.at(origin.name);
  std::string text;
  for (const auto& part : store_->at(origin.name).parts)
    text += fmt::format("{} {} {} {}\n", part.rows, part.checksum, part.source.sha256, part.source.options_sha256);
  return text;
}

const InputOptions& JobTables::input_options(const std::string& name) const {
  for (const auto& [key, options] : job_.checked.file.options.inputs) {
    if (key.value == name) return options;
  }
  throw base::internal_error("an input was lost", name);
}

void JobTables::sample(KeySample sample) {
  bool is_found = false;
  for (const auto& origin : references(job_.checked)) {
    if (origin.kind != Origin::Kind::store_table && origin.kind != Origin::Kind::input) continue;
    const auto* const schema = job_.checked.schema(origin, job_.tables);
    is_found = is_found || (schema != nullptr && schema->find(sample.by()));
  }
  if (!is_found)
    throw base::job_file_error(fmt::format("no table that the job reads has a column '{}' to sample by", sample.by()), job_.path,
                               "name a column of the store's tables or inputs by sample.by or --sample-by")
        .known_to_all();
  sample_ = std::move(sample);
}

std::string JobTables::sample_text() const {
  return sample_ ? fmt::format("sample {} {}", sample_->share(), sample_->by()) : std::string();
}

std::unique_ptr<data::BlockSource> JobTables::open(const Origin& origin) {
  auto source = open_whole(origin);
  const bool is_original = origin.kind == Origin::Kind::store_table || origin.kind == Origin::Kind::input;
  if (!sample_ || !is_original || !source->schema().find(sample_->by())) return source;
  if (!sampled_.contains(origin.name)) {
    auto table = sample_table(communicator_, *source, *sample_, fmt::format("{}/_sample.{}.h5", scratch_, origin.name));
    sampled_rows_.push_back({origin.name, source->rows(), source->rows() - table.left_out});
    sampled_.emplace(origin.name, std::move(table));
  }
  return comm::collective_try(communicator_, "open", [&] { return open_filtered(sampled_.at(origin.name), source->name()); });
}

std::unique_ptr<data::BlockSource> JobTables::open_whole(const Origin& origin) {
  return comm::collective_try(communicator_, "open", [&]() -> std::unique_ptr<data::BlockSource> {
    switch (origin.kind) {
      case Origin::Kind::none:
        return nullptr;
      case Origin::Kind::store_table:
        return store_->open_table(origin.name);
      case Origin::Kind::input: {
        const auto& options = input_options(origin.name);
        const auto& file = job_.tables.input_files.at(origin.name);
        auto source = store::open_table(file.path(), options.table, job_.checked.file.options.timezone.value);
        file.require_unchanged();
        return source;
      }
      case Origin::Kind::step: {
        const auto& id = job_.checked.file.steps[origin.step].id;
        return store::open_table(files_[origin.step], "/" + id + (origin.table.empty() ? "" : "/" + origin.table));
      }
    }
    throw base::internal_error("a reference of no known kind", origin.text);
  });
}

}  // namespace fullbase::runtime
