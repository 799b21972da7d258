// A table with a column of every type, whose values are functions of the row number: what was written can be told from anywhere.
#pragma once

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "data/batch.hpp"
#include "data/memory_table.hpp"

namespace fullbase::store::sample {

inline data::Schema schema(bool with_key = true) {
  using data::Type;
  data::Schema schema;
  schema.fields = {{.name = "customer", .type = Type::int64},
                   {.name = "score", .type = Type::float64, .nullable = true},
                   {.name = "distance", .type = Type::float32, .unit = "km"},
                   {.name = "active", .type = Type::boolean},
                   {.name = "opted_in", .type = Type::boolean, .nullable = true},
                   {.name = "amount", .type = Type::decimal, .nullable = true, .scale = 2, .unit = "GBP"},
                   {.name = "country", .type = Type::category, .nullable = true},
                   {.name = "note", .type = Type::string},
                   {.name = "remark", .type = Type::string, .nullable = true},
                   {.name = "orders", .type = Type::int64, .nullable = true},
                   {.name = "seen", .type = Type::timestamp, .nullable = true},
                   {.name = "born", .type = Type::date, .nullable = true}};
  if (with_key) schema.key = "customer";
  return schema;
}

inline data::DictionaryPointer countries() {
  data::Strings texts;
  for (const char* text : {"", "Côte d'Ivoire", "EIRE", "United Kingdom", "中国"}) texts.push_back(text);
  return std::make_shared<const data::Dictionary>(std::move(texts));
}

inline std::vector<data::DictionaryPointer> dictionaries() {
  std::vector<data::DictionaryPointer> result(12);
  result[6] = countries();
  return result;
}

/// Every third row or so is missing where a column may be.
inline data::Batch rows(base::RowRange range, bool with_key = true) {
  const auto fields = schema(with_key).fields;
  const auto pointers = dictionaries();
  data::Batch batch;
  batch.rows = range;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool texts = fields[i].type == data::Type::string;
    batch.columns.emplace_back(fields[i], texts ? 0 : range.size(), pointers[i]);
    auto& column = batch.columns.back();
    if (fields[i].nullable && data::has_mask(fields[i].type)) column.mask().assign(static_cast<std::size_t>(range.size()), 0);
    for (std::int64_t row = range.first; row < range.last; ++row) {
      const auto at = static_cast<std::size_t>(row - range.first);
      const bool missing = fields[i].nullable && (row + static_cast<std::int64_t>(i)) % 3 == 0;
      if (!column.mask().empty()) column.mask()[at] = missing;
      switch (fields[i].type) {
        case data::Type::int64:
          column.int64s()[at] = missing ? 0 : 1'000'000'000'000 + row * 7;
          break;
        case data::Type::float64:
          column.float64s()[at] = missing ? data::missing_float64 : std::sqrt(static_cast<double>(row));
          break;
        case data::Type::float32:
          column.float32s()[at] = static_cast<float>(row) / 3.0F;
          break;
        case data::Type::boolean:
          column.bools()[at] = !missing && row % 2 == 1;
          break;
        case data::Type::decimal:
          column.int64s()[at] = missing ? data::missing_int64 : row * 101 - 5000;
          break;
        case data::Type::category:
          column.int32s()[at] = missing ? data::missing_code : static_cast<std::int32_t>(row % 5);
          break;
        case data::Type::string:
          column.strings().push_back(missing ? ""
                                     : row % 4 == 0
                                         ? ""
                                         : std::string(static_cast<std::size_t>(row % 19), 'x') + "é" + std::to_string(row));
          break;
        case data::Type::timestamp:
          column.int64s()[at] = missing ? data::missing_int64 : 1'300'000'000'000'000 + row * 1'000'003;
          break;
        case data::Type::date:
          column.int32s()[at] = missing ? data::missing_date : static_cast<std::int32_t>(15'000 + row % 400);
          break;
      }
    }
  }
  return batch;
}

/// Long enough for every text of rows().
inline std::vector<std::int32_t> widths() {
  return {0, 0, 0, 0, 0, 0, 0, 40, 40};
}

/// Bytes of two columns' values are equal, NaN and mask included.
inline bool equal(const data::Column& a, const data::Column& b) {
  if (!(a.field() == b.field()) || a.rows() != b.rows()) return false;
  for (std::int64_t row = 0; row < a.rows(); ++row) {
    if (a.is_missing(row) != b.is_missing(row)) return false;
    if (a.is_missing(row)) continue;
    const bool texts = a.field().type == data::Type::string || a.field().type == data::Type::category;
    if (texts ? a.text(row) != b.text(row) : a.number(row) != b.number(row)) return false;
  }
  return true;
}

inline std::vector<int> all_columns(const data::Schema& of) {
  std::vector<int> columns;
  for (int i = 0; i < of.columns(); ++i) columns.push_back(i);
  return columns;
}

/// A folder that is empty now and goes with its owner.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fullbase-store-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace fullbase::store::sample
