#include "algorithms/metrics/confusion.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>

#include "base/contract.hpp"

namespace fullbase::metrics {
namespace {

constexpr std::string_view no_rows = "there are no rows";

/// A measure of each class, and its three means.
class ByClass {
 public:
  ByClass(std::string_view name, std::span<const double> rows) : name_(name), rows_(rows) {}

  void add(std::int64_t right, std::int64_t of, std::string_view reason) {
    measures_.push_back(
        ratio(name_, static_cast<int>(measures_.size()), static_cast<double>(right), static_cast<double>(of), reason));
  }
  /// The classes, then their means; `micro` is that of all rows at once.
  void append_to(std::vector<Measure>& all, const Measure& micro) const {
    all.insert(all.end(), measures_.begin(), measures_.end());
    all.push_back(mean_of(name_ + "_macro", measures_));
    all.push_back({name_ + "_micro", Measure::all_classes, micro.value, micro.reason});
    all.push_back(mean_of(name_ + "_weighted", measures_, rows_));
  }
  std::span<const Measure> measures() const noexcept { return measures_; }

 private:
  std::string name_;
  std::span<const double> rows_;
  std::vector<Measure> measures_;
};

}  // namespace

std::int64_t Confusion::rows() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t Confusion::rows_of(int label) const noexcept {
  std::int64_t sum = 0;
  for (int p = 0; p < classes; ++p) sum += at(label, p);
  return sum;
}

std::int64_t Confusion::told_as(int predicted) const noexcept {
  std::int64_t sum = 0;
  for (int l = 0; l < classes; ++l) sum += at(l, predicted);
  return sum;
}

Confusion confusion(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                    std::span<const std::int32_t> predicted, int classes) {
  FULLBASE_EXPECTS(labels.size() == predicted.size(), "every row has a label and what was told of it");
  const auto k = static_cast<std::size_t>(classes);
  Confusion result{classes, std::vector<std::int64_t>(k * k)};
  for (std::size_t i = 0; i < labels.size(); ++i)
    ++result.counts[static_cast<std::size_t>(labels[i]) * k + static_cast<std::size_t>(predicted[i])];
  communicator.sum(std::span(result.counts));
  return result;
}

std::vector<Measure> confusion_measures(const Confusion& confusion) {
  std::vector<double> weights;
  std::int64_t right = 0;
  for (int c = 0; c < confusion.classes; ++c) {
    weights.push_back(static_cast<double>(confusion.rows_of(c)));
    right += confusion.at(c, c);
  }
  ByClass precision("precision", weights);
  ByClass recall("recall", weights);
  ByClass f1("f1", weights);
  for (int c = 0; c < confusion.classes; ++c) {
    const auto hits = confusion.at(c, c);
    const auto rows = confusion.rows_of(c);
    const auto told = confusion.told_as(c);
    precision.add(hits, told, "no row was told to be of this class");
    recall.add(hits, rows, "no row is of this class");
    f1.add(2 * hits, rows + told, "no row is of this class or was told to be");
  }
  // Of one label a row, the rows told wrongly are false positives of one class and false negatives of another: all three
  // micro means are the accuracy.
  const auto accuracy =
      ratio("accuracy", Measure::all_classes, static_cast<double>(right), static_cast<double>(confusion.rows()), no_rows);
  auto balanced = mean_of("balanced_accuracy", recall.measures());
  if (confusion.rows() == 0) balanced.reason = no_rows;
  std::vector<Measure> all = {accuracy, balanced};
  precision.append_to(all, accuracy);
  recall.append_to(all, accuracy);
  f1.append_to(all, accuracy);
  return all;
}

}  // namespace fullbase::metrics
