// What can be done to a column before an algorithm sees it, and what it was fitted to: in double, forwards and back.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::prepare {

/// One transform as a job file asks for it. A list is applied in order; what a transform is fitted to are the values that the
/// ones before it made, over all kept rows of the table.
struct Transform {
  enum class Kind : std::uint8_t {
    impute_mean,      ///< missing values become the mean of the others
    impute_median,    ///< ... the median (type 1)
    impute_constant,  ///< ... `constant`
    impute_drop,      ///< rows in which this column is missing are left out, before anything is fitted
    impute_error,     ///< a missing value is an error; so it is without any impute
    log1p,            ///< log(1 + x); x <= -1 is an error
    asinh,            ///< log(x + sqrt(x^2 + 1)): like a logarithm on both sides of 0
    clip,             ///< to [low, high]
    standardize,      ///< (x - mean) / standard deviation (of the population: divided by n)
    minmax,           ///< (x - least) / (greatest - least)
    robust,           ///< (x - median) / (third quartile - first quartile), quantiles of type 1
  };
  Kind kind = Kind::standardize;
  double constant = 0;                                    ///< impute_constant
  double low = -std::numeric_limits<double>::infinity();  ///< clip
  double high = std::numeric_limits<double>::infinity();  ///< clip

  bool imputes() const noexcept { return kind <= Kind::impute_error; }
};
/// "standardize", "impute mean", ...
std::string_view transform_name(Transform::Kind kind) noexcept;

/// A column and its transforms.
struct ColumnPlan {
  std::string column;
  std::vector<Transform> transforms = {};
};

/// A transform with what it was fitted to: y = f(x) with the parameters that its kind uses.
struct FittedTransform {
  Transform transform;
  double fill = 0;   ///< impute_mean, impute_median, impute_constant
  double shift = 0;  ///< standardize, minmax, robust: y = (x - shift) / scale
  double scale = 1;

  /// In place; NaN stays NaN except where it is imputed.
  void forward(std::span<double> values) const;
  /// The x of a y. Imputed and clipped values come back as what they became.
  double inverse(double y) const noexcept;
};

struct FittedColumn {
  std::string column;
  int position = 0;  ///< in the source's schema
  std::vector<FittedTransform> transforms = {};
  std::int64_t missing = 0;   ///< values of kept rows that were missing, NaN included
  std::int64_t infinite = 0;  ///< ... infinite, where that counts as missing

  /// True where such values are replaced.
  bool is_filled() const noexcept;

  /// Original units of a transformed value.
  double inverse(double y) const noexcept;
};

/// The parameters as a table: column, order, transform, fill, shift, scale, low, high; NaN where a transform has no such thing.
/// They lead back to original units: in descending order, expm1 for log1p, sinh for asinh, y * scale + shift for standardize,
/// minmax and robust; the others leave a value as it is.
data::Batch parameter_table(std::span<const FittedColumn> columns);

/// A parameter_table() read back, exactly: the fitted columns `names` in their order. Positions are not known. Throws an input
/// error that begins with `where` for a table that is none.
std::vector<FittedColumn> fitted_columns(const data::Batch& parameters, std::span<const std::string> names,
                                         const std::string& where);
/// "log1p, standardize", "clip [0, 10]": a list of transforms as messages show it; equal texts for equal lists.
std::string transforms_text(std::span<const Transform> transforms);

/// A plan's mistakes, found before data is read: throws a job-file error for a column that is not there, one that holds no
/// numbers (with what to do instead), an empty clip range, a constant that is not finite.
void check_plan(const ColumnPlan& plan, const data::Schema& schema);

}  // namespace fullbase::prepare
