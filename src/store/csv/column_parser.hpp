// From the text of one column to its values, a slab of records at a time: one virtual call a slab, none a field.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/csv/category_index.hpp"
#include "store/csv/options.hpp"
#include "store/csv/records.hpp"
#include "store/csv/reject.hpp"
#include "store/csv/row_group.hpp"
#include "store/input_files.hpp"

namespace fullbase::store::csv {

/// Records of a slab that a column refuses; the first column that does so counts.
class Refusals {
 public:
  struct Refusal {
    std::uint32_t record;
    std::int32_t column;
    Reason reason;
  };

  void begin(std::size_t records) {
    refused_.assign(records, 0);
    list_.clear();
  }
  void set_column(int column) noexcept { column_ = column; }
  void add(std::size_t record, Reason reason) {
    if (std::exchange(refused_[record], std::uint8_t{1}) == 0) {
      list_.push_back({static_cast<std::uint32_t>(record), column_, reason});
    }
  }
  /// What is refused becomes whole lines, each for its first refusal. `lines`: Records::lines.
  void widen_to_lines(std::span<const std::uint32_t> lines);
  bool any() const noexcept { return !list_.empty(); }
  /// 1 for each record that is refused.
  const std::vector<std::uint8_t>& mask() const noexcept { return refused_; }
  std::vector<Refusal>& list() noexcept { return list_; }

 private:
  std::vector<std::uint8_t> refused_;
  std::vector<Refusal> list_;
  int column_ = 0;
};

/// The tokens that mean "missing" in a column.
class MissingTokens {
 public:
  explicit MissingTokens(const std::vector<std::string>& tokens);
  bool contains(std::string_view text) const noexcept {
    if (text.empty()) return empty_;
    return first_[static_cast<unsigned char>(text[0])] && among_tokens(text);
  }

 private:
  bool among_tokens(std::string_view text) const noexcept;
  bool empty_ = false;
  bool first_[256] = {};
  std::vector<std::string> tokens_;
};

/// Parses one column for one thread.
class ColumnParser {
 public:
  virtual ~ColumnParser() = default;
  ColumnParser(const ColumnParser&) = delete;
  ColumnParser& operator=(const ColumnParser&) = delete;

  /// Appends a value for every record of a slab; what stands for a refused one is dropped later.
  virtual void parse(const Records& records, Refusals& refusals) = 0;
  /// Of the last refused.size() values, keeps those whose entry is 0.
  virtual void drop(std::span<const std::uint8_t> refused) = 0;
  /// The values so far; begins anew with room for `rows`.
  virtual LocalColumn take(std::size_t rows) = 0;

  /// Of a string column: bytes of the longest text since take(), refused ones included. 0 for others.
  virtual std::size_t longest_text() const noexcept { return 0; }
  /// Of a category column: all that this thread has met. Null for others.
  virtual const CategoryIndex* categories() const noexcept { return nullptr; }

 protected:
  ColumnParser() = default;
};

/// `position` is the field's position in a record. The options have been checked.
std::unique_ptr<ColumnParser> make_column_parser(const CsvOptions& options, const CsvColumn& column, std::size_t position);
/// For a column whose value every record has from the file's path. Throws an input error if the column cannot take it.
std::unique_ptr<ColumnParser> make_constant_parser(const CsvOptions& options, const CsvColumn& column,
                                                   const PartitionValue& value);

}  // namespace fullbase::store::csv
