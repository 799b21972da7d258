// The values by which a column groups rows, numbered alike on two nights.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

/// A table of one night and the position of the column in question.
struct NightColumn {
  const data::BlockSource* source = nullptr;
  int column = 0;
};

/// Labels are the values of an int64, category or string column of either night, integers by value, texts by bytes; not every
/// label need occur. Rows without a value have the code size(). Safe to use from several threads.
class GroupLabels {
 public:
  enum class NightOf : std::uint8_t { before, after };
  /// More values than anybody compares one by one.
  static constexpr std::int64_t most = 10'000;

  /// Collective; nothing for a column of more than `most` values. Both columns are texts (category, string), or both integers.
  /// Categories need no pass; the others are read once each. Memory, traffic and errors: prepare::KeySlots, for either night.
  static std::optional<GroupLabels> build(comm::Communicator& communicator, const NightColumn& before, const NightColumn& after,
                                          data::Budget& budget);

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(texts_.size()); }
  /// A label as text; "missing" for size().
  std::string text(std::int32_t code) const;
  /// The codes of a column of that night's table, one a row.
  std::vector<std::int32_t> codes(NightOf night, const data::Column& column) const;

 private:
  struct Side {
    prepare::KeySlots slots;
    std::vector<std::int32_t> code_of;  ///< slot -> label
  };
  std::vector<Side> sides_;
  std::vector<std::string> texts_;
};

}  // namespace fullbase::compare
