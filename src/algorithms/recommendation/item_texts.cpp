#include "algorithms/recommendation/item_texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/texts/text_numbers.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "comm/row_exchange.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

/// A text of an item as one: the item's slot in front.
constexpr std::size_t slot_bytes = sizeof(std::int32_t);

void join(std::int32_t slot, std::string_view text, std::string& into) {
  into.resize(slot_bytes);
  std::memcpy(into.data(), &slot, slot_bytes);
  into += text;
}
std::int32_t slot_of(std::string_view joined) noexcept {
  std::int32_t slot = 0;
  std::memcpy(&slot, joined.data(), slot_bytes);
  return slot;
}

/// Texts and whose they are.
struct OwnedTexts {
  std::vector<std::int32_t> rows;
  data::Strings texts;
};

class Reading {
 public:
  Reading(comm::Communicator& communicator, const data::BlockSource& source, int item, std::span<const int> columns,
          data::Budget& budget)
      : communicator_(communicator), source_(source), columns_(1, item), budget_(budget) {
    columns_.insert(columns_.end(), columns.begin(), columns.end());
  }

  ItemTexts run() {
    ItemTexts result;
    const auto own_rows = comm::own_rows(communicator_, source_.rows());
    auto slots = prepare::KeySlots::build(communicator_, source_, columns_.front(), own_rows, budget_);
    data::Reservation counting;
    std::vector<std::int64_t> rows_of_slot;
    texts::TextNumbers found(budget_);
    comm::collective_try(communicator_, "read texts", [&] {
      counting = budget_.require(12 * std::int64_t{slots.size()}, "the rows of items");
      rows_of_slot.resize(static_cast<std::size_t>(slots.size()));
      found = read(own_rows, slots, rows_of_slot);
    });
    result.missing = communicator_.sum_value(missing_);
    if (result.missing == source_.rows()) {
      throw base::input_error("there is no item", source_.name(), "see where it is made, and the `where` of this step")
          .known_to_all();
    }
    communicator_.sum(std::span(rows_of_slot));
    OwnedTexts met;
    data::Reservation sending;
    comm::collective_try(communicator_, "read texts", [&] {
      std::vector<std::int32_t> entries;
      for (const auto rows : rows_of_slot)
        entries.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(rows, std::numeric_limits<std::int32_t>::max())));
      result.items = {std::move(slots), source_.schema()[columns_.front()], entries, budget_};
      result.shares = {result.items.rows(), communicator_.size()};
      sending = budget_.require(20 * found.texts().size() + std::ssize(found.texts().bytes()), "the texts of items");
      for (std::int64_t i = 0; i < found.texts().size(); ++i) {
        met.rows.push_back(result.items.row_of_slot(slot_of(found.texts()[i])));
        met.texts.push_back(found.texts()[i].substr(slot_bytes));
      }
      found = texts::TextNumbers(budget_);
    });
    const auto own = send_to_owners(std::move(met), result.shares);
    std::int64_t without_any = 0;
    comm::collective_try(communicator_, "texts of items", [&] {
      result.memory = budget_.require(
          8 * result.shares.rows_of(communicator_.rank()).size() + 16 * own.texts.size() + std::ssize(own.texts.bytes()),
          "the texts of items");
      result.documents = documents_of(own, result.shares.rows_of(communicator_.rank()));
      const auto& starts = result.documents.starts;
      for (std::size_t d = 1; d < starts.size(); ++d) without_any += starts[d] == starts[d - 1];
    });
    result.without_any = communicator_.sum_value(without_any);
    return result;
  }

 private:
  /// The different texts of this rank's rows, each with its item.
  texts::TextNumbers read(base::RowRange rows, const prepare::KeySlots& slots, std::vector<std::int64_t>& rows_of_slot) {
    std::vector<std::unique_ptr<texts::TextNumbers>> of_threads(static_cast<std::size_t>(parallel::thread_count()));
    std::mutex mutex;
    parallel::scan(source_, rows, columns_, [&](data::Batch&& batch, int thread) {
      auto& met = of_threads[static_cast<std::size_t>(thread)];
      if (!met) met = std::make_unique<texts::TextNumbers>(budget_);
      std::vector<std::int32_t> buffer;
      const auto items = slots.slots_of(batch[0], buffer);
      std::string joined;
      for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
        const auto slot = items[static_cast<std::size_t>(i)];
        for (std::size_t c = 1; c < columns_.size(); ++c) {
          const auto text = batch[static_cast<int>(c)].text(i);
          if (!base::is_utf8(text)) refuse(c, batch.rows.first + i);
          if (slot < 0 || text.empty()) continue;
          join(slot, text, joined);
          met->add(joined);
        }
      }
      const std::scoped_lock lock(mutex);
      for (const auto slot : items) {
        if (slot < 0) {
          ++missing_;
        } else {
          ++rows_of_slot[static_cast<std::size_t>(slot)];
        }
      }
    });
    texts::TextNumbers all(budget_);
    for (auto& met : of_threads) {
      if (!met) continue;
      if (all.size() == 0) {
        all = std::move(*met);
      } else {
        for (std::int32_t i = 0; i < met->size(); ++i) all.add(met->texts()[i]);
      }
      met.reset();
    }
    return all;
  }

  [[noreturn]] void refuse(std::size_t column, std::int64_t row) const {
    throw base::input_error(
        "this text is not UTF-8",
        fmt::format("{}.{}[{}]", source_.name(), source_.schema()[columns_[column]].name, source_.source_row(row)),
        "write the table again with its texts in UTF-8, or leave the row out with `where`");
  }

  /// Collective.
  OwnedTexts send_to_owners(OwnedTexts met, const RowShares& shares) {
    if (communicator_.size() == 1) return met;
    std::vector<std::int64_t> starts(static_cast<std::size_t>(communicator_.size()) + 1, 0);
    std::vector<std::int64_t> order;
    const data::Field field{.name = "text", .type = data::Type::string};
    data::Column column(field, 0);
    comm::collective_try(communicator_, "send texts", [&] {
      const auto owner = [&](std::int32_t row) { return static_cast<std::size_t>(shares.owner_of_row(row)); };
      for (const auto row : met.rows) ++starts[owner(row) + 1];
      std::partial_sum(starts.begin(), starts.end(), starts.begin());
      order.resize(met.rows.size());
      auto next = starts;
      for (std::size_t i = 0; i < met.rows.size(); ++i)
        order[static_cast<std::size_t>(next[owner(met.rows[i])]++)] = static_cast<std::int64_t>(i);
      column = data::Column(field, std::move(met.texts));
    });
    const comm::StageScope stage(communicator_.statistics(), "send texts");
    comm::RowExchange exchange(communicator_, order, std::move(starts));
    OwnedTexts own;
    own.rows = exchange.values(std::span<const std::int32_t>(met.rows));
    auto received = exchange.column(column);
    own.texts = std::move(received.strings());
    return own;
  }

  static texts::Documents documents_of(const OwnedTexts& own, base::RowRange rows) {
    std::vector<std::int64_t> order(own.rows.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const auto key = [&](std::int64_t i) { return std::pair(own.rows[static_cast<std::size_t>(i)], own.texts[i]); };
    std::ranges::sort(order, {}, key);
    texts::Documents documents;
    auto next = order.begin();
    for (auto row = rows.first; row < rows.last; ++row) {
      for (std::string_view last; next != order.end() && own.rows[static_cast<std::size_t>(*next)] == row; ++next) {
        if (own.texts[*next] == last) continue;  // no text is empty
        last = own.texts[*next];
        documents.texts.push_back(last);
      }
      documents.starts.push_back(documents.texts.size());
    }
    return documents;
  }

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  std::vector<int> columns_;  ///< the item's, then those of texts
  data::Budget& budget_;
  std::int64_t missing_ = 0;
};

}  // namespace

ItemTexts read_item_texts(comm::Communicator& communicator, const data::BlockSource& source, int item,
                          std::span<const int> columns, data::Budget& budget) {
  return Reading(communicator, source, item, columns, budget).run();
}

}  // namespace fullbase::recommendation
