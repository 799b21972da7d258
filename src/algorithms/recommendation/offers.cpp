#include "algorithms/recommendation/offers.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

constexpr const char* places_purpose = "who is offered something";

/// The customer of the matrix for each row of the keys; -1 where there is none.
std::vector<std::int32_t> customers_of(const SideKeys& keys, const SideKeys& customers) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(keys.rows()));
  constexpr std::int64_t piece = 16 * base::block_rows;
  parallel::for_each(0, (keys.rows() + piece - 1) / piece, [&](std::int64_t i, int) {
    const base::RowRange range{i * piece, std::min(keys.rows(), (i + 1) * piece)};
    std::ranges::copy(customers.rows_of(keys.keys(range)), rows.begin() + range.first);
  });
  return rows;
}

}  // namespace

Recipients all_customers(comm::Communicator& communicator, const RowShares& shares, data::Budget& budget) {
  return comm::collective_try(communicator, places_purpose, [&] {
    Recipients recipients;
    recipients.own = shares.rows_of(communicator.rank());
    recipients.memory = budget.require(4 * recipients.own.size(), places_purpose);
    recipients.places.resize(static_cast<std::size_t>(recipients.own.size()));
    std::iota(recipients.places.begin(), recipients.places.end(), 0);
    return recipients;
  });
}

Recipients recipients_of(comm::Communicator& communicator, const SideKeys& keys, const SideKeys& customers,
                         const RowShares& shares, data::Budget& budget) {
  return comm::collective_try(communicator, places_purpose, [&] {
    const auto looking = budget.require(4 * keys.rows(), places_purpose);
    const auto all = customers_of(keys, customers);
    const auto own = shares.rows_of(communicator.rank());
    // Both keys are in one order, so that ranks' customers are runs of rows.
    const auto first_from = [&](std::int64_t customer) {
      return std::ranges::find_if(all, [&](std::int32_t row) { return row >= customer; }) - all.begin();
    };
    Recipients recipients;
    recipients.own.first = communicator.is_root() ? 0 : first_from(own.first);
    recipients.own.last = communicator.rank() + 1 == communicator.size() ? keys.rows() : first_from(own.last);
    recipients.memory = budget.require(4 * recipients.own.size(), places_purpose);
    for (auto row = recipients.own.first; row < recipients.own.last; ++row) {
      const auto customer = all[static_cast<std::size_t>(row)];
      recipients.places.push_back(customer < 0 ? -1 : static_cast<std::int32_t>(customer - own.first));
    }
    return recipients;
  });
}

data::DictionaryPointer sources() {
  data::Strings names;
  for (const char* const name : {"none", "personal", "popular"}) names.push_back(name);
  return std::make_shared<const data::Dictionary>(std::move(names));
}

Offers offers_of(const Recipients& recipients, const Interactions& matrix, const RankedRows& personal,
                 const PopularItems* popular, const TopOptions& options) {
  Offers offers;
  for (const std::int64_t place : recipients.places) {
    auto& lists = offers.lists;
    const auto before = lists.entries();
    auto source = Source::none;
    if (place >= 0 && personal.length(place) > 0) {
      const auto ids = personal.ids_of(place);
      const auto scores = personal.scores_of(place);
      lists.ids.insert(lists.ids.end(), ids.begin(), ids.end());
      lists.scores.insert(lists.scores.end(), scores.begin(), scores.end());
      lists.starts.push_back(std::ssize(lists.ids));
      source = Source::personal;
    } else if (popular != nullptr) {
      const bool all = place < 0 || options.again;
      popular->append(all ? std::span<const std::int32_t>() : matrix.of_customers.columns_of(place), options.top, lists);
      source = lists.entries() > before ? Source::popular : Source::none;
    } else {
      lists.starts.push_back(before);
    }
    offers.sources.push_back(source);
  }
  return offers;
}

OfferedItems offered_items(comm::Communicator& communicator, const data::BlockSource& source, int column, const SideKeys& items,
                           data::Budget& budget) {
  OfferedItems result;
  data::Reservation looking;
  std::vector<std::int64_t> rows_of_item;
  std::int64_t unknown = 0;
  comm::collective_try(communicator, "items that are offered", [&] {
    looking = budget.require(9 * items.rows(), "items that are offered");
    rows_of_item.resize(static_cast<std::size_t>(items.rows()));
    std::mutex mutex;
    const std::vector<int> columns = {column};
    parallel::scan(source, comm::own_rows(communicator, source.rows()), columns, [&](data::Batch&& batch, int) {
      const auto rows = items.rows_of(batch[0]);
      const std::scoped_lock lock(mutex);
      for (const auto row : rows) {
        if (row < 0) {
          ++unknown;
        } else {
          ++rows_of_item[static_cast<std::size_t>(row)];
        }
      }
    });
  });
  communicator.sum(std::span(rows_of_item));
  result.unknown = communicator.sum_value(unknown);
  comm::collective_try(communicator, "items that are offered", [&] {
    for (const auto rows : rows_of_item) result.offered.push_back(rows > 0 ? 1 : 0);
    result.count = std::ranges::count(result.offered, std::uint8_t{1});
  });
  return result;
}

}  // namespace fullbase::recommendation
