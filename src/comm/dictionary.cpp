#include "comm/dictionary.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "comm/row_exchange.hpp"

namespace fullbase::comm {
namespace {

constexpr std::int64_t samples_a_rank = 64;

/// All ranks' strings, in rank order, everywhere.
data::Strings all_gather_strings(Communicator& communicator, const data::Strings& strings) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < strings.size(); ++i) lengths.push_back(static_cast<std::int64_t>(strings[i].size()));
  auto all_lengths = communicator.all_gather_all(std::span<const std::int64_t>(lengths)).values;
  auto bytes = communicator.all_gather_all(std::span<const char>(strings.bytes())).values;
  std::vector<std::int64_t> offsets(all_lengths.size() + 1, 0);
  std::partial_sum(all_lengths.begin(), all_lengths.end(), offsets.begin() + 1);
  return {std::move(offsets), std::move(bytes)};
}

/// Rows of sorted `strings` in ascending byte order, each text once.
data::Strings distinct(const data::Strings& strings, std::int64_t rows) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::sort(order, {}, [&](std::int64_t i) { return strings[i]; });
  data::Strings result;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || strings[order[i]] != strings[order[i - 1]]) result.push_back(strings[order[i]]);
  }
  return result;
}

/// size() + 1 positions in the local texts: rank r unites those in [r, r + 1).
std::vector<std::int64_t> range_starts(Communicator& communicator, const data::Strings& texts) {
  const std::int64_t count = std::min(samples_a_rank, texts.size());
  data::Strings samples;
  for (std::int64_t i = 0; i < count; ++i) samples.push_back(texts[texts.size() * i / count]);
  const auto all = all_gather_strings(communicator, samples);
  const auto splitters = distinct(all, all.size());
  std::vector<std::int64_t> starts = {0};
  for (int r = 1; r < communicator.size(); ++r) {
    const auto splitter = splitters.size() == 0 ? std::string_view() : splitters[splitters.size() * r / communicator.size()];
    std::int64_t low = starts.back();
    for (std::int64_t high = texts.size(); low < high;) {
      const auto middle = low + (high - low) / 2;
      if (texts[middle] < splitter) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    starts.push_back(low);
  }
  starts.push_back(texts.size());
  return starts;
}

}  // namespace

RankDictionary unite_dictionaries(Communicator& communicator, const data::Dictionary& local) {
  const StageScope scope(communicator.statistics(), "unite dictionaries");
  const auto& texts = local.texts();
  data::Strings range;
  {
    RowExchange exchange(communicator, {}, range_starts(communicator, texts));
    const data::Column mine({.name = "category", .type = data::Type::string}, texts);
    range = distinct(exchange.column(mine).strings(), exchange.received());
  }
  const std::int64_t total = communicator.sum_value(range.size());
  if (total > std::numeric_limits<std::int32_t>::max()) {
    throw base::input_error("a category column has " + std::to_string(total) + " distinct texts", {},
                            "at most 2147483647 are possible: make it a string column");
  }
  RankDictionary result;
  result.dictionary = std::make_shared<const data::Dictionary>(all_gather_strings(communicator, range));
  result.remap.reserve(static_cast<std::size_t>(texts.size()));
  std::int32_t code = 0;
  for (std::int32_t i = 0; i < local.size(); ++i) {
    while ((*result.dictionary)[code] != local[i]) ++code;
    result.remap.push_back(code);
  }
  return result;
}

}  // namespace fullbase::comm
