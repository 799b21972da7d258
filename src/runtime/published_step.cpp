#include "runtime/published_step.hpp"

#include <algorithm>
#include <memory>

#include "comm/agreement.hpp"
#include "data/numbers_source.hpp"
#include "store/copy_table.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {

std::string published_form(comm::Communicator& communicator, const std::string& step_file, const std::vector<std::string>& tables,
                           const std::string& published, unsigned mode) {
  const auto sources = comm::collective_try(communicator, "open", [&] {
    std::vector<std::unique_ptr<data::BlockSource>> opened;
    for (const auto& table : tables) opened.push_back(store::open_table(step_file, "/" + table));
    return opened;
  });
  const bool shown_as_they_are =
      std::ranges::all_of(sources, [](const auto& source) { return data::numbers_schema(source->schema()) == source->schema(); });
  if (shown_as_they_are) return step_file;
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
