#include <array>
#include <string_view>
#include <utility>

#include "algorithms/synthetic/numbering.hpp"
#include "algorithms/synthetic/tables.hpp"
#include "base/contract.hpp"
#include "base/time.hpp"

namespace fullbase::synthetic {
namespace {

enum Column { customer, joined, country, channel };

/// A category and its share of 100; ascending, as dictionaries are.
using Shares = std::array<std::pair<std::string_view, std::uint64_t>, 6>;
constexpr Shares countries = {
    {{"Austria", 8}, {"France", 14}, {"Germany", 18}, {"Ireland", 6}, {"Spain", 10}, {"United Kingdom", 44}}};
constexpr Shares channels = {
    {{"advertising", 24}, {"newsletter", 11}, {"partner", 9}, {"recommendation", 17}, {"search", 31}, {"shop", 8}}};

data::DictionaryPointer dictionary_of(const Shares& shares) {
  data::Strings names;
  for (const auto& share : shares) names.push_back(share.first);
  return std::make_shared<const data::Dictionary>(std::move(names));
}

std::int32_t drawn(const Shares& shares, std::uint64_t percent) noexcept {
  std::int32_t code = 0;
  for (const auto& share : shares) {
    if (percent < share.second) return code;
    percent -= share.second;
    ++code;
  }
  return 0;
}

}  // namespace

Customers::Customers(std::shared_ptr<const Purchases> purchases)
    : purchases_(std::move(purchases)),
      draws_(random::make_key(purchases_->options().seed, "generate", "customers")),
      countries_(dictionary_of(countries)),
      channels_(dictionary_of(channels)) {
  using data::Type;
  schema_.fields = {{.name = "customer", .type = Type::string},
                    {.name = "joined", .type = Type::date},
                    {.name = "country", .type = Type::category},
                    {.name = "channel", .type = Type::category}};
  schema_.key = "customer";
}

data::DictionaryPointer Customers::dictionary(int column) const {
  return column == Column::country ? countries_ : column == Column::channel ? channels_ : nullptr;
}

data::Batch Customers::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= this->rows(),
                   "rows that are read lie within the table");
  data::Batch batch{.rows = rows, .columns = {}};
  const int digits = digits_of(this->rows(), customer_digits);
  for (const int column : columns) {
    data::Column values(schema_[column], column == Column::customer ? 0 : rows.size(), dictionary(column));
    for (std::int64_t row = rows.first; row < rows.last; ++row) {
      const auto i = static_cast<std::size_t>(row - rows.first);
      switch (column) {
        case Column::customer:
          values.strings().push_back(numbered('C', row, digits));
          break;
        case Column::joined:
          values.int32s()[i] = static_cast<std::int32_t>(base::day_of_timestamp(purchases_->joined(row)));
          break;
        case Column::country:
          values.int32s()[i] = drawn(countries, draws_.below(std::uint64_t{100}, row, 0));
          break;
        default:
          values.int32s()[i] = drawn(channels, draws_.below(std::uint64_t{100}, row, 1));
          break;
      }
    }
    batch.columns.push_back(std::move(values));
  }
  return batch;
}

}  // namespace fullbase::synthetic
