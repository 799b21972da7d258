// A table in which numbers stand for what was written in some of its columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/encode/encoding.hpp"
#include "algorithms/encode/known_values.hpp"
#include "data/block_source.hpp"

namespace fullbase::encode {

/// Where a value goes that has no code.
struct Otherwise {
  enum class Kind : std::uint8_t { missing, error, number };
  Kind kind = Kind::missing;
  double number = 0;
};
struct Places {
  Otherwise unseen;   ///< values that are not in the encoding
  Otherwise missing;  ///< missing values
};

/// The schema of the result: encoded columns in the places of those that they stand for. `<column>` is an int64 (ordinal) or a
/// float64 (frequency); one_hot has a boolean `<column>_<value>` for each value, and `<column>_other`. A key that is encoded
/// identifies rows no longer. Names may repeat: it is the caller's to look.
data::Schema encoded_schema(const data::Schema& schema, const std::vector<Plan>& plans);

/// A row without a value has one_hot's columns all false, whatever `missing` says, unless that is an error. Keeps the source and
/// the encodings by reference; they stand in the order of the plans. read() throws an input error that names the row where a
/// place is an error.
class EncodedTable final : public data::BlockSource {
 public:
  EncodedTable(const data::BlockSource& source, const std::vector<Encoding>& encodings, const Places& places);

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

  /// The source's column that one of the result shows as it is; -1 for an encoded one.
  int source_column(int column) const { return made_[static_cast<std::size_t>(column)].source; }

 private:
  /// What a column of the result is made of.
  struct Made {
    int source = -1;    ///< shown as it is
    int encoding = -1;  ///< or encoded
    int part = 0;       ///< one_hot: which value; as many as there are for all others
  };
  void require_places(const std::vector<std::int32_t>& places, std::size_t encoding, base::RowRange rows) const;
  data::Column encoded(const data::Field& field, const Made& made, const std::vector<std::int32_t>& places) const;

  const data::BlockSource& source_;
  const std::vector<Encoding>& encodings_;
  Places places_;
  data::Schema schema_;
  std::vector<Made> made_;
  std::vector<int> read_;  ///< by encoding: its column of the source
  std::vector<KnownValues> known_;
};

}  // namespace fullbase::encode
