#include "algorithms/encode/encoding.hpp"

#include <atomic>
#include <numeric>
#include <span>

#include "algorithms/encode/known_values.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::encode {
namespace {

/// The values that occur, in order, and their rows.
void meet_values(comm::Communicator& communicator, const data::BlockSource& source, int column, Encoding& encoding,
                 data::Budget& budget) {
  const auto slots = prepare::ValueSlots::build(communicator, source, column, budget);
  const auto rows = prepare::rows_of_slots(communicator, source, column, slots, budget);
  std::vector<std::int32_t> occurring;
  for (std::int32_t slot = 0; slot < slots.size(); ++slot) {
    if (rows[static_cast<std::size_t>(slot)] == 0) continue;
    occurring.push_back(slot);
    encoding.rows.push_back(rows[static_cast<std::size_t>(slot)]);
  }
  const auto texts = slots.texts(occurring);
  for (std::int64_t i = 0; i < texts.size(); ++i) encoding.values.emplace_back(texts[i]);
  encoding.missing = rows.back();
}

}  // namespace

std::string_view method_name(Method method) noexcept {
  switch (method) {
    case Method::one_hot:
      return "one_hot";
    case Method::ordinal:
      return "ordinal";
    case Method::frequency:
      break;
  }
  return "frequency";
}

Encoding fit(comm::Communicator& communicator, const data::BlockSource& source, const Plan& plan, data::Budget& budget) {
  const comm::StageScope scope(communicator.statistics(), "encodings");
  Encoding encoding{.plan = plan, .values = plan.values, .codes = {}, .rows = {}};
  if (plan.values.empty()) {
    meet_values(communicator, source, source.schema().at(plan.column, source.name()), encoding, budget);
  } else {
    count_rows(communicator, source, encoding);
  }
  for (std::size_t i = 0; i < encoding.values.size(); ++i)
    encoding.codes.push_back(plan.method == Method::frequency
                                 ? static_cast<double>(encoding.rows[i]) / static_cast<double>(source.rows())
                                 : static_cast<double>(i));
  return encoding;
}

void count_rows(comm::Communicator& communicator, const data::BlockSource& source, Encoding& encoding) {
  const int column = source.schema().at(encoding.plan.column, source.name());
  const auto local = comm::own_rows(communicator, source.rows());
  // Behind the values': rows that are missing, rows that are unseen.
  std::vector<std::int64_t> rows(encoding.values.size() + 2, 0);
  comm::collective_try(communicator, "rows of values", [&] {
    const KnownValues known(encoding.values, source.schema()[column].type, source.dictionary(column));
    parallel::scan(source, local, std::span(&column, 1), [&](data::Batch&& batch, int) {
      for (const auto place : known.places_of(batch[0])) {
        const auto at = place >= 0 ? static_cast<std::size_t>(place) : rows.size() - (place == KnownValues::missing ? 2 : 1);
        std::atomic_ref(rows[at]).fetch_add(1, std::memory_order_relaxed);
      }
    });
  });
  communicator.sum(std::span(rows));
  encoding.unseen = rows.back();
  rows.pop_back();
  encoding.missing = rows.back();
  rows.pop_back();
  encoding.rows = std::move(rows);
}

}  // namespace fullbase::encode
