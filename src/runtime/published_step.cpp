#include "runtime/published_step.hpp"

#include <algorithm>
#include <memory>

#include "comm/agreement.hpp"
#include "data/numbers_source.hpp"
#include "store/copy_table.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

bool is_shown_as_it_is(const data::Schema& schema) {
  return data::numbers_schema(schema) == schema;
}

}  // namespace

bool is_read(const CheckedJob& job, std::size_t step) {
  const auto reads = [&](const Origin& origin) { return origin.kind == Origin::Kind::step && origin.step == step; };
  return std::ranges::any_of(job.graph.origins, [&](const auto& origins) { return std::ranges::any_of(origins, reads); }) ||
         std::ranges::any_of(job.checks, [&](const auto& check) { return reads(check.origin) || reads(check.reference); });
}

bool is_shown_exactly(const CheckedStep& step) {
  return std::ranges::all_of(step.outlines, [](const auto& outline) { return is_shown_as_it_is(outline.schema); });
}

const char* form_of_step(const CheckedJob& job, std::size_t step) {
  if (!job.file.steps[step].common.publish) return "hidden";
  return is_shown_exactly(job.steps[step]) || is_read(job, step) ? "exact" : "shown";
}

std::string published_form(comm::Communicator& communicator, const std::string& step_file, const std::vector<std::string>& tables,
                           const std::string& published, unsigned mode) {
  const auto sources = comm::collective_try(communicator, "open", [&] {
    std::vector<std::unique_ptr<data::BlockSource>> opened;
    for (const auto& table : tables) opened.push_back(store::open_table(step_file, "/" + table));
    return opened;
  });
  if (std::ranges::all_of(sources, [](const auto& source) { return is_shown_as_it_is(source->schema()); })) return step_file;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const data::NumbersSource numbers(*sources[i]);
    std::vector<std::int32_t> widths;
    for (int column = 0; column < numbers.schema().columns(); ++column)
      widths.push_back(numbers.schema()[column].type == data::Type::string ? store::string_width(*sources[i], column) : 0);
    store::copy_table(communicator, numbers, published, "/" + tables[i], widths, mode, {}, store::Durability::later);
  }
  return published;
}

}  // namespace fullbase::runtime
