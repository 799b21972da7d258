// Files of whole typed columns (Parquet), as the store sees them. What reads and writes them is a component of its own, since it
// takes a library that not every machine has: it registers itself here, and what it would do is an error that says so where the
// build lacks it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "data/block_source.hpp"
#include "data/column.hpp"
#include "data/schema.hpp"

namespace fullbase::store {

/// A column of such a file.
struct ColumnarField {
  data::Field field;         ///< as the file's own type is taken; only the name where there is a refusal
  bool local = false;        ///< timestamps without a zone: local time, as if it were UTC
  bool as_text = false;      ///< numbers that may not fit in the field's type: ask for texts to have them all
  std::string refusal = {};  ///< why it cannot be read ("is nested (list<element: int64>)"); empty: it can
};

/// How the values of a column are wanted.
enum class ColumnarForm : std::uint8_t {
  values,  ///< as the field's type has them; categories as codes. A number that does not fit is an input error with its row
  codes,   ///< texts as codes
  texts,   ///< columns with as_text: each number as its text
};

/// One column of consecutive rows.
struct ColumnarValues {
  data::Column::Values values;             ///< as data::Column's; of missing rows anything, but of codes -1
  std::vector<std::uint8_t> missing = {};  ///< 1 = missing, a byte a row; empty: none is. NaN counts as missing
  data::Strings texts = {};                ///< of codes: by code, in no order, possibly repeated

  std::int64_t rows() const noexcept;
  bool is_missing(std::int64_t row) const noexcept { return !missing.empty() && missing[static_cast<std::size_t>(row)] != 0; }
  /// Of texts and codes: the row's text.
  std::string_view text(std::int64_t row) const;
};

/// A file that is open for reading: its rows lie in groups, which are read on their own. Not collective.
class ColumnarFile {
 public:
  virtual ~ColumnarFile() = default;
  ColumnarFile(const ColumnarFile&) = delete;
  ColumnarFile& operator=(const ColumnarFile&) = delete;

  virtual const std::string& path() const noexcept = 0;
  virtual const std::vector<ColumnarField>& fields() const noexcept = 0;
  /// The column that identifies a row, if the file says so; else empty.
  virtual const std::string& key() const noexcept = 0;
  /// The first row of each group, then the number of rows.
  virtual const std::vector<std::int64_t>& group_starts() const noexcept = 0;
  std::int64_t rows() const noexcept { return group_starts().back(); }
  std::int64_t groups() const noexcept { return std::ssize(group_starts()) - 1; }

  struct Request {
    int column = 0;  ///< position in fields()
    ColumnarForm form = ColumnarForm::values;
  };
  /// Hands the columns of a group to `take` (in the order of `requests`), at most `batch_rows` rows at a time, in order. Only
  /// these columns are read. Safe from several threads. Memory: a batch and its pages; a batch is shorter where rows are wide.
  /// Throws input errors for what is damaged.
  virtual void read(std::int64_t group, std::span<const Request> requests, std::int64_t batch_rows,
                    const std::function<void(std::vector<ColumnarValues>&&)>& take) const = 0;
  /// Bytes that read() took from storage so far.
  virtual std::int64_t bytes_read() const noexcept = 0;

 protected:
  ColumnarFile() = default;
};

class ColumnarFormat {
 public:
  virtual ~ColumnarFormat() = default;
  ColumnarFormat(const ColumnarFormat&) = delete;
  ColumnarFormat& operator=(const ColumnarFormat&) = delete;

  /// Throws an input error for a file that is none, is cut short, or whose footer contradicts itself or the file.
  virtual std::unique_ptr<ColumnarFile> open(const std::string& path) const = 0;
  /// Writes columns of a table under a temporary name, then renames. One process. Memory: a group of rows, see the component.
  virtual void write(const data::BlockSource& source, std::span<const int> columns, const std::string& path) const = 0;

 protected:
  ColumnarFormat() = default;
};

/// The name of the one table of such a file, where tables have names.
inline constexpr const char* columnar_table_name = "table";

/// What `parquet` stands for from now on; nothing takes it away. Called once by a program that has the component, before threads.
void register_parquet(std::unique_ptr<ColumnarFormat> format);
bool has_parquet() noexcept;
/// The component. Without it an error of the given kind that says what is missing; `where`: the file, or what asks for it.
const ColumnarFormat& parquet(base::ErrorKind kind, const std::string& where);

/// Whether a path's ending is that of Parquet files: .parquet or .pq.
bool is_parquet_name(std::string_view path) noexcept;
/// Whether a file's name or first bytes say that it is a Parquet file. False for one that is not there, unless by its name.
bool is_parquet_file(const std::string& path);

}  // namespace fullbase::store
