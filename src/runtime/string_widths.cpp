#include "runtime/string_widths.hpp"

#include <algorithm>

#include "algorithms/prepare/text_widths.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {

std::vector<std::int32_t> string_widths(comm::Communicator& communicator, const data::BlockSource& source,
                                        std::span<const int> columns, const data::BlockSource& stored) {
  std::vector<std::int32_t> widths;
  std::vector<int> unknown;
  for (const int column : columns) {
    const bool is_text = source.schema()[column].type == data::Type::string;
    widths.push_back(is_text && column < stored.schema().columns() ? store::string_width(stored, column) : 0);
    if (is_text && widths.back() == 0) unknown.push_back(column);
  }
  const auto longest = prepare::longest_texts(communicator, source, unknown);
  for (std::size_t i = 0; i < unknown.size(); ++i)
    widths[static_cast<std::size_t>(std::ranges::find(columns, unknown[i]) - columns.begin())] = longest[i];
  return widths;
}

}  // namespace fullbase::runtime
