// Rows dealt to passes by the hash of their key, as many as the memory asks for.
#pragma once

#include <cstdint>
#include <span>

#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/column.hpp"

namespace fullbase::prepare {

class KeyShares {
 public:
  KeyShares() = default;
  /// Collective. As many shares, on every rank, as it takes for one to fit half of the budget that is left, but at least 1 MiB;
  /// `bytes`: what all rows of this rank take together. Holds the memory of one. Sends 8 bytes.
  static KeyShares cut(comm::Communicator& communicator, std::int64_t bytes, data::Budget& budget);

  std::int64_t count() const noexcept { return count_; }
  /// Whether a row, of which no key is missing, is in a share. Equal keys are in the same one, texts whichever way they are kept.
  bool holds(std::int64_t share, std::span<const data::Column> keys, std::int64_t row) const;

 private:
  data::Reservation memory_;
  std::int64_t count_ = 1;
};

}  // namespace fullbase::prepare
