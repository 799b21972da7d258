// The rows that a round optimises: those that violate the conditions most, and the rows of rounds before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/kernel_machines/pair_steps.hpp"
#include "algorithms/kernel_machines/row_panel.hpp"
#include "comm/communicator.hpp"

namespace fullbase::kernel_machines {

inline constexpr std::int64_t working_rows = 512;  ///< rows of a working set
inline constexpr std::int64_t offered_rows = 128;  ///< new rows a round and side
static_assert(working_rows <= base::block_rows, "the working set's rows fill at most one block");

/// A rank's side of the whole problem, in the order of its rows.
struct LocalRows {
  const RowPanel* rows = nullptr;
  std::span<const std::int64_t> numbers;
  std::span<const double> signs;
  std::span<const double> bounds;
  std::span<double> alphas;
  std::span<double> scores;

  /// Position of the row with this number.
  std::int64_t position(std::int64_t number) const noexcept;
};

/// A row that violates the conditions, as its rank offers it.
struct Offer {
  double score = 0;
  std::int64_t number = 0;
};
/// The offered_rows greatest scores of rows whose y alpha may rise, or least ones of those whose may fall, best first; ties to
/// the lowest number. Not collective.
struct Offers {
  std::vector<Offer> rising;
  std::vector<Offer> falling;
};
Offers best_offers(const LocalRows& local);

/// What rounds have made of a working set, beside its rows' own values. The same on every rank.
struct SetPlaces {
  std::int64_t round = 0;
  std::vector<std::int64_t> numbers;  ///< of the rows, by place
  std::vector<std::int64_t> entered;  ///< the round in which each was last among the offers
};

class WorkingSet {
 public:
  WorkingSet(std::int64_t columns, double gamma);

  /// Collective. The gap that the ranks' offers leave; the best of them, from both sides in turn, take places of the set: free
  /// ones, then those of rows at a bound, then those that entered first. Then every rank learns the rows' scores, and all of new
  /// rows. A gap below `tolerance` leaves the set as it is.
  Gap choose(comm::Communicator& communicator, const LocalRows& local, const Offers& offers, double tolerance);

  /// Between rounds, what set_places() makes the same set of, on any ranks. That is collective: every rank learns the rows, and
  /// computes their kernel.
  const SetPlaces& places() const noexcept { return places_; }
  void set_places(comm::Communicator& communicator, const LocalRows& local, SetPlaces places);

  /// Optimises the set until its own gap is below `tolerance`; returns the steps. The same on every rank.
  std::int64_t optimise(double tolerance, std::int64_t max_steps);

  /// Places whose alpha the last optimise() changed, ascending.
  std::span<const std::int64_t> changed() const noexcept { return changed_; }
  std::int64_t number(std::int64_t place) const noexcept { return places_.numbers[static_cast<std::size_t>(place)]; }
  double alpha(std::int64_t place) const noexcept { return alphas_[static_cast<std::size_t>(place)]; }
  /// By how much y alpha of the place grew.
  double growth(std::int64_t place) const noexcept;
  bool is_mine(std::int64_t place, int rank) const noexcept { return owners_[static_cast<std::size_t>(place)] == rank; }
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(places_.numbers.size()); }
  /// The features of the place's row.
  std::span<const double> point(std::int64_t place) const noexcept;

  static std::int64_t bytes(std::int64_t columns) noexcept;

 private:
  struct Entrant {
    std::int64_t number = 0;
    int owner = 0;
  };
  /// Gives each entrant that is not in the set a place; returns those places, ascending.
  std::vector<std::int64_t> give_places(std::span<const Entrant> entrants);
  std::vector<std::int64_t> free_places(std::int64_t wanted) const;
  void resize(std::size_t size);
  void exchange(comm::Communicator& communicator, const LocalRows& local, std::span<const std::int64_t> fresh);
  void fill_kernel(std::span<const std::int64_t> fresh);

  std::int64_t columns_;
  double gamma_;
  SetPlaces places_;
  // By place.
  std::vector<int> owners_;
  std::vector<double> signs_, bounds_, alphas_, scores_, before_;
  std::vector<double> points_;  ///< features of a place side by side
  RowPanel panel_;              ///< the same, as the kernel's rows
  std::vector<double> kernel_;  ///< working_rows * working_rows
  std::vector<double> buffer_;
  std::vector<std::int64_t> changed_;
};

}  // namespace fullbase::kernel_machines
