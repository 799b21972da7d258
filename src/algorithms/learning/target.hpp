// What a model is to tell: the label of each row, as a class or as a number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::learning {

enum class Task : std::uint8_t {
  binary,      ///< two classes; the second is the one that scores speak of
  multiclass,  ///< three classes and more
  regression,  ///< a number
};
std::string_view task_name(Task task) noexcept;

/// Most classes that a label may have.
inline constexpr std::int64_t most_classes = 1000;

/// Labels of this rank's rows, base::Partition(source.rows(), size()).
struct Target {
  Task task = Task::binary;
  std::string column;
  data::Type type = data::Type::boolean;    ///< of the column
  std::vector<std::string> classes;         ///< false, true; whole numbers ascending; categories by bytes; regression: none
  std::vector<std::int64_t> rows_of_class;  ///< over all ranks
  std::vector<std::int32_t> codes;          ///< class of each local row
  std::vector<double> values;               ///< regression: value of each local row
  data::Reservation reservation;            ///< of codes or values

  int class_count() const noexcept { return static_cast<int>(classes.size()); }
};

struct TargetOptions {
  std::string column;
  bool regression = false;
  /// The class that scores speak of, of two: it becomes the second. Nothing: the second in order.
  std::optional<std::string> positive = {};
};

/// Collective. Reads the label column once. Classes are the values that occur of a boolean, int64, category or string column; a
/// regression's label is a number. Memory: 4 bytes a local row (8 for regression), from the budget.
///
/// Throws input errors, the same on every rank: missing labels (count, first row), infinite ones, one class only, more than
/// most_classes, as many classes as rows (it is an identifier or a number), a `positive` that is no class, no rows at all.
Target read_target(comm::Communicator& communicator, const data::BlockSource& source, const TargetOptions& options,
                   data::Budget& budget);

}  // namespace fullbase::learning
