// Customers with one feature and a label, and a model of them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/scorer.hpp"
#include "data/make_batch.hpp"

namespace fullbase::testing {

/// Scores of a row by its one feature.
class ByFeature final : public learning::Scorer {
 public:
  using Score = std::function<double(double)>;
  ByFeature(learning::ModelHead head, Output output, Score score)
      : Scorer(std::move(head)), output_(output), score_(std::move(score)) {}

  Output output() const noexcept override { return output_; }
  void score(const double* values, std::int64_t, std::int64_t rows, double* out, double*) const override {
    for (std::int64_t i = 0; i < rows; ++i) {
      const double score = score_(values[i]);
      if (head().outputs() == 1) {
        out[i] = score;
      } else {
        out[2 * i] = 1 - score;
        out[2 * i + 1] = score;
      }
    }
  }

 private:
  Output output_;
  Score score_;
};

/// A table of one column, the row's number, and its label.
struct Customers {
  data::MemoryTable source;
  std::vector<learning::Feature> features = {{.name = "id"}};
  bool regression = false;

  explicit Customers(std::int64_t count, bool numbers = false, std::int64_t rare = 3)
      : source(make(count, rare)), regression(numbers) {}
  static data::MemoryTable make(std::int64_t count, std::int64_t rare) {
    Optional<std::int64_t> id;
    Optional<std::string> label;
    for (std::int64_t i = 0; i < count; ++i) {
      id.push_back(i);
      label.push_back(i % rare == 1 ? "gone" : "active");
    }
    return make_table("customers", {int64_column("id", id), category_column("label", label)});
  }
};

}  // namespace fullbase::testing
