#include "store/csv/column_parser.hpp"

#include <algorithm>

#include "store/csv/column_values.hpp"

namespace fullbase::store::csv {

void Refusals::widen_to_lines(std::span<const std::uint32_t> lines) {
  std::sort(list_.begin(), list_.end(), [](const Refusal& a, const Refusal& b) { return a.record < b.record; });
  const auto one_line = [&](const Refusal& a, const Refusal& b) { return lines[a.record] == lines[b.record]; };
  list_.erase(std::unique(list_.begin(), list_.end(), one_line), list_.end());
  for (const Refusal& refusal : list_) {
    const auto [first, last] = std::equal_range(lines.begin(), lines.end(), lines[refusal.record]);
    std::fill(refused_.begin() + (first - lines.begin()), refused_.begin() + (last - lines.begin()), std::uint8_t{1});
  }
}

MissingTokens::MissingTokens(const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    if (token.empty()) {
      empty_ = true;
    } else {
      first_[static_cast<unsigned char>(token[0])] = true;
      tokens_.push_back(token);
    }
  }
}

bool MissingTokens::among_tokens(std::string_view text) const noexcept {
  return std::find(tokens_.begin(), tokens_.end(), text) != tokens_.end();
}

std::unique_ptr<ColumnParser> make_column_parser(const CsvOptions& options, const CsvColumn& column, std::size_t position) {
  const MissingTokens missing(column.missing ? *column.missing : options.missing);
  switch (column.type) {
    case data::Type::timestamp:
    case data::Type::date:
      return make_time_parser(column, column.timezone.empty() ? options.timezone : column.timezone, missing, position);
    case data::Type::string:
    case data::Type::category:
      return make_text_parser(options, column, missing, position);
    default:
      return make_number_parser(column, missing, position);
  }
}

}  // namespace fullbase::store::csv
