#include "algorithms/trees/labels.hpp"

#include <algorithm>
#include <cmath>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"

namespace fullbase::trees {
namespace {

/// Times that n rows are drawn at most in all, whatever the bootstrap: beyond twice n lies no probability to speak of.
std::int64_t most_drawn(std::int64_t rows) noexcept {
  return 2 * rows + 64;
}

}  // namespace

Labels::Labels(comm::Communicator& communicator, const GrowRows& rows, data::Budget& budget)
    : codes_(rows.codes), used_(rows.used) {
  const auto local = rows.matrix.local_rows().size();
  FULLBASE_EXPECTS(rows.used.empty() || std::ssize(rows.used) == local, "a row is used or not");
  FULLBASE_EXPECTS(rows.classes == 1 ? std::ssize(rows.values) == local : std::ssize(rows.codes) == local,
                   "every row has a label");
  std::int64_t used = 0;
  for (std::int64_t i = 0; i < local; ++i) used += is_used(i) ? 1 : 0;
  used_rows_ = communicator.sum_value(used);
  if (used_rows_ == 0) throw base::input_error("there are no rows to grow trees from").known_to_all();
  counting_.classes = rows.classes;
  if (rows.classes == 1) {
    counting_.kind = Counting::Kind::pair;
    fix_values(communicator, rows.values, budget);
  } else if (rows.classes == 2) {
    counting_.kind = most_drawn(used_rows_) < (std::int64_t{1} << 32) ? Counting::Kind::packed : Counting::Kind::pair;
    // Beyond 32 bits a row's class is the number that is summed.
    if (counting_.kind == Counting::Kind::pair) {
      std::vector<double> values(rows.codes.begin(), rows.codes.end());
      fix_values(communicator, values, budget);
      centre_ = 0;
    }
  } else {
    counting_.kind = Counting::Kind::classes;
  }
  totals_.assign(static_cast<std::size_t>(counting_.width()), 0);
  std::uint64_t label[2];
  for (std::int64_t i = 0; i < local; ++i) {
    if (!is_used(i)) continue;
    words(i, 1, label);
    add_to_totals(counting_, label, totals_.data());
  }
  communicator.sum(std::span(totals_));
}

void Labels::fix_values(comm::Communicator& communicator, std::span<const double> values, data::Budget& budget) {
  reservation_ = comm::collective_try(communicator, "labels", [&] {
    return budget.require(static_cast<std::int64_t>(values.size() * sizeof(std::int64_t)), "the labels as whole numbers");
  });
  values_.resize(values.size());
  if (counting_.classes != 1) {
    std::ranges::transform(values, values_.begin(), [](double value) { return static_cast<std::int64_t>(value); });
    return;
  }
  base::ExactSum sum;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_used(static_cast<std::int64_t>(i))) sum.add(values[i]);
  }
  communicator.sum(std::span(&sum, 1));
  centre_ = sum.value() / static_cast<double>(used_rows_);
  double greatest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_used(static_cast<std::int64_t>(i))) greatest = std::max(greatest, std::abs(values[i] - centre_));
  }
  greatest = communicator.max_value(greatest);
  if (!(greatest < 1e300) || !(std::abs(centre_) < 1e300))
    throw base::input_error("the labels are too far apart to take their mean", {}, "scale or clip them in a select step")
        .known_to_all();
  // The greatest power of two with which no sum leaves 2^61.
  const auto scale = base::FixedScale::choose(most_drawn(used_rows_), greatest, greatest);
  step_ = scale.step();
  for (std::size_t i = 0; i < values.size(); ++i)
    values_[i] = is_used(static_cast<std::int64_t>(i)) ? scale.high(values[i] - centre_) : 0;
}

}  // namespace fullbase::trees
