#include "jobs/segment_matching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "algorithms/compare/optimal_matching.hpp"
#include "algorithms/compare/transitions.hpp"
#include "base/error.hpp"
#include "jobs/labelled_rows.hpp"

namespace fullbase::jobs {
namespace {

using compare::State;
using compare::unmatched;

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

/// Squared distances of previous segments (rows) and clusters.
std::vector<double> distances(std::span<const double> previous, std::span<const double> centroids, std::size_t columns) {
  std::vector<double> all;
  for (std::size_t i = 0; i < previous.size(); i += columns) {
    for (std::size_t c = 0; c < centroids.size(); c += columns)
      all.push_back(squared_distance(previous.subspan(i, columns), centroids.subspan(c, columns)));
  }
  return all;
}

/// Customers who are in both nights, by their previous segment's place and their cluster.
class Common {
 public:
  Common(int segments, int clusters)
      : clusters_(static_cast<std::size_t>(clusters)), counts_(static_cast<std::size_t>(segments) * clusters_, 0) {}
  std::int64_t& at(int segment, int cluster) {
    return counts_[static_cast<std::size_t>(segment) * clusters_ + static_cast<std::size_t>(cluster)];
  }
  std::int64_t at(int segment, int cluster) const {
    return counts_[static_cast<std::size_t>(segment) * clusters_ + static_cast<std::size_t>(cluster)];
  }

 private:
  std::size_t clusters_;
  std::vector<std::int64_t> counts_;
};

/// Collective.
Common customers_in_common(runtime::StepContext& context, const PreviousModel& previous, const ClusteredRows& rows) {
  const auto& input = context.input();
  const auto& before = *context.previous_table(context.step_id());
  const LabelledRows after(input, *rows.key, rows.features, rows.labels);
  const std::string key = after.schema().key;
  const auto table = compare::transitions(context.communicator(), before, after, std::span(&key, 1), "segment", context.budget());
  Common common(previous.clusters(), rows.clusters);
  for (const auto& [from, to, customers] : table.transitions) {
    if (from.kind != State::Kind::value || to.kind != State::Kind::value) continue;
    const auto place = std::ranges::lower_bound(previous.segments, from.value) - previous.segments.begin();
    if (place == std::ssize(previous.segments) || previous.segments[static_cast<std::size_t>(place)] != from.value)
      throw base::input_error(fmt::format("segment {} has no centroid", from.value), before.name()).known_to_all();
    common.at(static_cast<int>(place), static_cast<int>(to.value)) = customers;
  }
  return common;
}

/// The cluster of each previous segment.
std::vector<int> match(const Common* common, const std::vector<double>& apart, int segments, int clusters) {
  std::vector<std::int64_t> gain;
  const double greatest = apart.empty() ? 0 : *std::ranges::max_element(apart);
  for (int i = 0; i < segments; ++i) {
    for (int c = 0; c < clusters; ++c) {
      const auto d = apart[static_cast<std::size_t>(i) * static_cast<std::size_t>(clusters) + static_cast<std::size_t>(c)];
      gain.push_back(common != nullptr ? common->at(i, c) : greatest > 0 ? -std::llrint(d / greatest * 0x1p40) : 0);
    }
  }
  auto matched = compare::greatest_matching(gain, segments, clusters);
  for (int i = 0; common != nullptr && i < segments; ++i) {
    auto& cluster = matched[static_cast<std::size_t>(i)];
    if (cluster != unmatched && common->at(i, cluster) == 0) cluster = unmatched;
  }
  return matched;
}

std::vector<std::int64_t> numbers(const PreviousModel& previous, const std::vector<int>& matched, int clusters) {
  std::vector<std::int64_t> number_of(static_cast<std::size_t>(clusters), -1);
  std::vector<std::int64_t> taken;
  for (std::size_t i = 0; i < matched.size(); ++i) {
    if (matched[i] == unmatched) continue;
    number_of[static_cast<std::size_t>(matched[i])] = previous.segments[i];
    taken.push_back(previous.segments[i]);  // ascending, as the segments are
  }
  std::int64_t free = 0;
  for (auto& number : number_of) {
    if (number >= 0) continue;
    while (std::ranges::binary_search(taken, free)) ++free;
    number = free++;
  }
  return number_of;
}

std::vector<int> ascending(const std::vector<std::int64_t>& number_of) {
  std::vector<int> order(number_of.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int cluster) { return number_of[static_cast<std::size_t>(cluster)]; });
  return order;
}

/// The rows of the table `matching`: previous segments first, then those that are new.
class Table {
 public:
  void add(std::optional<std::int64_t> previous, std::optional<std::int64_t> segment, std::optional<std::int64_t> customers,
           double share, double distance) {
    put(previous, previous_, previous_missing_);
    put(segment, segment_, segment_missing_);
    put(customers, customers_, customers_missing_);
    share_.push_back(share);
    distance_.push_back(distance);
  }
  data::Batch take() {
    const auto schema = matching_schema();
    data::Batch batch{.rows = {0, std::ssize(share_)}, .columns = {}};
    batch.columns.emplace_back(schema[0], std::move(previous_), std::move(previous_missing_));
    batch.columns.emplace_back(schema[1], std::move(segment_), std::move(segment_missing_));
    batch.columns.emplace_back(schema[2], std::move(customers_), std::move(customers_missing_));
    batch.columns.emplace_back(schema[3], std::move(share_));
    batch.columns.emplace_back(schema[4], std::move(distance_));
    return batch;
  }

 private:
  static void put(std::optional<std::int64_t> value, std::vector<std::int64_t>& values, std::vector<std::uint8_t>& missing) {
    values.push_back(value.value_or(0));
    missing.push_back(value ? 0 : 1);
  }

  std::vector<std::int64_t> previous_, segment_, customers_;
  std::vector<std::uint8_t> previous_missing_, segment_missing_, customers_missing_;
  std::vector<double> share_, distance_;
};

}  // namespace

data::Schema matching_schema() {
  data::Schema schema;
  schema.fields = {{.name = "previous_segment", .type = data::Type::int64, .nullable = true},
                   {.name = "segment", .type = data::Type::int64, .nullable = true},
                   {.name = "customers", .type = data::Type::int64, .nullable = true},
                   {.name = "share", .type = data::Type::float64, .nullable = true},
                   {.name = "distance", .type = data::Type::float64, .nullable = true}};
  return schema;
}

Numbering first_numbering(int clusters) {
  Numbering numbering;
  numbering.number_of.resize(static_cast<std::size_t>(clusters));
  std::iota(numbering.number_of.begin(), numbering.number_of.end(), 0);
  numbering.order = ascending(numbering.number_of);
  numbering.table = Table().take();
  return numbering;
}

Numbering match_segments(runtime::StepContext& context, const PreviousModel& previous, std::span<const double> previous_scaled,
                         const ClusteredRows& rows, bool same) {
  const auto segments = previous.clusters();
  const auto columns = rows.features.transforms.columns.size();
  const auto apart = distances(previous_scaled, rows.centroids, columns);
  std::optional<Common> common;
  if (rows.key) common = customers_in_common(context, previous, rows);
  std::vector<int> matched(static_cast<std::size_t>(segments));
  std::iota(matched.begin(), matched.end(), 0);
  if (!same) matched = match(common ? &*common : nullptr, apart, segments, rows.clusters);

  Numbering numbering;
  numbering.number_of = numbers(previous, matched, rows.clusters);
  numbering.order = ascending(numbering.number_of);
  Table table;
  std::vector<bool> known(static_cast<std::size_t>(rows.clusters), false);
  for (int i = 0; i < segments; ++i) {
    const auto number = previous.segments[static_cast<std::size_t>(i)];
    const auto cluster = matched[static_cast<std::size_t>(i)];
    if (cluster == unmatched) {
      table.add(number, std::nullopt, std::nullopt, data::missing_float64, data::missing_float64);
      continue;
    }
    known[static_cast<std::size_t>(cluster)] = true;
    std::int64_t both = 0;
    for (int c = 0; common && c < rows.clusters; ++c) both += common->at(i, c);
    const auto kept = common ? std::optional(common->at(i, cluster)) : std::nullopt;
    const auto share = both > 0 ? static_cast<double>(*kept) / static_cast<double>(both) : data::missing_float64;
    const auto d =
        apart[static_cast<std::size_t>(i) * static_cast<std::size_t>(rows.clusters) + static_cast<std::size_t>(cluster)];
    table.add(number, numbering.number_of[static_cast<std::size_t>(cluster)], kept, share, std::sqrt(d));
  }
  for (const int cluster : numbering.order) {
    if (!known[static_cast<std::size_t>(cluster)])
      table.add(std::nullopt, numbering.number_of[static_cast<std::size_t>(cluster)], std::nullopt, data::missing_float64,
                data::missing_float64);
  }
  numbering.table = table.take();
  return numbering;
}

}  // namespace fullbase::jobs
