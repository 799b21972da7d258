// Which files a table is made of: patterns of paths, and the values that names of folders give (Hive partitioning). Of any
// format.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::store {

/// A folder `name=value` of a file's path: every row of the file has this value in a column of this name.
struct PartitionValue {
  std::string name;
  std::optional<std::string> value;  ///< nothing: missing, written `__HIVE_DEFAULT_PARTITION__`

  friend bool operator==(const PartitionValue&, const PartitionValue&) = default;
};

/// A file to import.
struct SourceFile {
  std::string path;
  std::vector<PartitionValue> partitions = {};  ///< of its folders, outermost first

  /// The folder of that name; null if there is none. Throws an input error if there are two.
  const PartitionValue* partition(std::string_view name) const;

  friend bool operator==(const SourceFile&, const SourceFile&) = default;
};

/// The file with what its path says: names and values of `name=value` folders, %XX read as the byte XX.
SourceFile source_file(std::string path);

/// By column of a table: the value that a file's path gives for all of its rows. Empty: it gives none.
using PathValues = std::vector<std::optional<PartitionValue>>;

/// Which columns of a table have their values from the paths of its files: those that are named as a `name=value` folder of any
/// of them is.
class PathColumns {
 public:
  /// `columns`: the names that they have in files. Throws as SourceFile::partition.
  PathColumns(std::span<const SourceFile> files, std::vector<std::string> columns);
  /// Throws an input error if a column has its values from the path of another file, but not of this one.
  PathValues of(const SourceFile& file) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::string> examples_;  ///< by column: the path of a file that has such a folder; empty: none has
  bool any_ = false;
};

/// As text: other values give other texts, no values the empty one.
std::string identity(const PathValues& values);

/// The path that stands for standard input.
inline constexpr std::string_view standard_input = "-";

/// Whether files that `pattern` finds may have a folder `name=value`: it has one, or a folder with a wildcard.
bool may_have_partition(const std::string& pattern, std::string_view name);

/// Every file that one of the patterns finds, each once, by the bytes of their paths: the order of the patterns does not matter,
/// nor that in which folders list their files. A pattern is a path whose parts may have `*` (any run of characters), `?` (one)
/// and, beside one of these, `[a-z]`; a part `**` stands for any number of folders, also none. Names that begin with a dot are
/// found only where the pattern has the dot; folders that `*` finds at the end are passed over, links are followed but by `**`. A
/// path without wildcards is taken as it is, whether or not there is such a file. Parts that are empty or `.` don't count.
///
/// Throws an input error for a pattern that finds nothing, an io error for a folder that cannot be read. Not collective: ask on
/// one rank; within collective_try it ends with a request to stop. Cost: one listing of each folder for each wildcard that looks
/// into it.
std::vector<SourceFile> find_source_files(std::span<const std::string> patterns);

}  // namespace fullbase::store
