// From the values of a columnar file's column to those of an imported one.
#pragma once

#include <memory>
#include <string>

#include "store/columnar_format.hpp"
#include "store/csv/column_parser.hpp"

namespace fullbase::store::csv {

/// One column for one thread. Values of the type that is asked for are taken as they are; others as their texts would be in a CSV
/// file: 17850 as the category "17850", 2.55 as a decimal, "2011-12-10" as a date. Refusals are CSV's, too. Nulls, NaN and
/// texts among the tokens are missing.
class ColumnarColumn {
 public:
  virtual ~ColumnarColumn() = default;
  ColumnarColumn(const ColumnarColumn&) = delete;
  ColumnarColumn& operator=(const ColumnarColumn&) = delete;

  /// How the file is to give the values.
  virtual ColumnarForm form() const noexcept = 0;
  /// A value for each row of `values`; what stands for a refused one is dropped later.
  virtual LocalColumn take(const ColumnarValues& values, Refusals& refusals) = 0;
  /// Of a category column: all that this thread has met. Null for others.
  virtual const CategoryIndex* categories() const noexcept { return nullptr; }

 protected:
  ColumnarColumn() = default;
};

/// The options have been checked; the field can be read.
std::unique_ptr<ColumnarColumn> make_columnar_column(const CsvOptions& options, const CsvColumn& column,
                                                     const ColumnarField& field);

/// A row's value as text, as a CSV file would have it; "" if it is missing.
std::string text_of(const ColumnarField& field, const ColumnarValues& values, std::int64_t row);

}  // namespace fullbase::store::csv
