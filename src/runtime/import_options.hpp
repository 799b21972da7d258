// The `import` section of a job file: which files a table of the store is made of.
#pragma once

#include <string>
#include <vector>

#include "config/description.hpp"
#include "data/schema.hpp"
#include "store/csv/options.hpp"

namespace fullbase::runtime {

/// How one column of the files is taken; the key it stands under is its name in the header.
struct ImportColumn {
  std::string as = {};
  std::string type = "string";  ///< "decimal(3)" and the names of data::Type
  std::string format = {};
  std::string timezone = {};
  bool required = false;
  std::optional<std::vector<std::string>> missing = {};
  std::string unit = {};
  bool pseudonym = false;
};
config::Description<ImportColumn> describe(config::Type<ImportColumn>);

/// The column of a table of baskets that has the line's number.
struct ImportBasket {
  std::string as = "basket";
};
config::Description<ImportBasket> describe(config::Type<ImportBasket>);

/// The column of a table of baskets that has the items.
struct ImportItem {
  std::string as = "item";
  std::string type = "category";  ///< category, int64 or string
};
config::Description<ImportItem> describe(config::Type<ImportItem>);

/// One table. Its options are defaults of store::CsvOptions where the job file says nothing.
struct ImportTable {
  std::vector<std::string> files;          ///< patterns of store::find_source_files(), or "-" alone: standard input
  std::optional<std::string> format = {};  ///< nothing: by the names of the files
  std::string layout = "rows";             ///< or "baskets": then `basket` and `item` stand for `columns`
  std::string delimiter = store::CsvOptions{}.delimiter;
  std::string quote = store::CsvOptions{}.quote;
  std::string encoding = store::CsvOptions{}.encoding;
  std::optional<bool> header = {};  ///< nothing: store::CsvOptions::header, or none of baskets
  std::vector<std::string> missing = store::CsvOptions{}.missing;
  std::string max_rejects = "0";
  std::optional<std::string> timezone = {};  ///< nothing: the job's
  std::vector<std::string> key = {};         ///< names in the table
  std::optional<ImportBasket> basket = {};
  std::optional<ImportItem> item = {};
  std::optional<std::vector<std::pair<std::string, ImportColumn>>> columns = {};

  bool has_baskets() const noexcept { return layout == "baskets"; }
  bool reads_standard_input() const noexcept;
  bool has_pseudonyms() const noexcept;
};
config::Description<ImportTable> describe(config::Type<ImportTable>);

/// What the CSV reader is given but for the key of pseudonyms; `timezone` is the job's. Mistakes that take more than one option
/// to see (a decimal without scale, a name used twice) are thrown as job-file errors.
store::CsvOptions csv_options(const ImportTable& table, const std::string& timezone);

}  // namespace fullbase::runtime
