#include "algorithms/kernel_machines/working_set.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include "algorithms/kernel_machines/kernel.hpp"

namespace fullbase::kernel_machines {

namespace {

constexpr auto all_places = static_cast<std::size_t>(working_rows);

/// A side's offers of all ranks, best first, each with its rank.
struct RankedOffer {
  Offer offer;
  int owner = 0;
};

bool higher(const Offer& a, const Offer& b) {
  return std::tuple(-a.score, a.number) < std::tuple(-b.score, b.number);
}
bool lower(const Offer& a, const Offer& b) {
  return std::tuple(a.score, a.number) < std::tuple(b.score, b.number);
}

template <class Before>
void keep_best(std::vector<Offer>& offers, Before before) {
  const auto most = static_cast<std::ptrdiff_t>(std::min<std::size_t>(offers.size(), offered_rows));
  std::partial_sort(offers.begin(), offers.begin() + most, offers.end(), before);
  offers.resize(static_cast<std::size_t>(most));
}

template <class Before>
std::vector<RankedOffer> merged(comm::Communicator& communicator, const std::vector<Offer>& mine, Before before) {
  const auto all = communicator.all_gather_all(std::span<const Offer>(mine));
  std::vector<RankedOffer> offers;
  for (int rank = 0; rank < communicator.size(); ++rank)
    for (const auto& offer : all.from(rank)) offers.push_back({offer, rank});
  std::ranges::sort(offers, before, &RankedOffer::offer);
  if (offers.size() > offered_rows) offers.resize(offered_rows);
  return offers;
}

}  // namespace

std::int64_t LocalRows::position(std::int64_t number) const noexcept {
  return std::ranges::lower_bound(numbers, number) - numbers.begin();
}

Offers best_offers(const LocalRows& local) {
  Offers offers;
  for (std::size_t i = 0; i < local.numbers.size(); ++i) {
    const Offer offer{local.scores[i], local.numbers[i]};
    if (may_rise(local.signs[i], local.alphas[i], local.bounds[i])) offers.rising.push_back(offer);
    if (may_fall(local.signs[i], local.alphas[i], local.bounds[i])) offers.falling.push_back(offer);
  }
  keep_best(offers.rising, higher);
  keep_best(offers.falling, lower);
  return offers;
}

WorkingSet::WorkingSet(std::int64_t columns, double gamma)
    : columns_(columns),
      gamma_(gamma),
      points_(all_places * static_cast<std::size_t>(columns)),
      panel_(working_rows, columns),
      kernel_(all_places * all_places),
      buffer_(static_cast<std::size_t>(kernel::point_group * base::block_rows)) {
  for (auto* const values : {&signs_, &bounds_, &alphas_, &scores_, &before_}) values->reserve(all_places);
}

Gap WorkingSet::choose(comm::Communicator& communicator, const LocalRows& local, const Offers& offers, double tolerance) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto rising = merged(communicator, offers.rising, higher);
  const auto falling = merged(communicator, offers.falling, lower);
  const Gap gap{rising.empty() ? -infinity : rising.front().offer.score,
                falling.empty() ? infinity : falling.front().offer.score};
  if (gap.width() < tolerance) return gap;
  std::vector<Entrant> entrants;
  const auto enter = [&](const RankedOffer& ranked) {
    if (std::ranges::find(entrants, ranked.offer.number, &Entrant::number) == entrants.end())
      entrants.push_back({ranked.offer.number, ranked.owner});
  };
  for (std::size_t i = 0; i < std::max(rising.size(), falling.size()); ++i) {
    if (i < rising.size() && rising[i].offer.score > gap.lowest) enter(rising[i]);
    if (i < falling.size() && falling[i].offer.score < gap.highest) enter(falling[i]);
  }
  ++places_.round;
  const auto fresh = give_places(entrants);
  exchange(communicator, local, fresh);
  fill_kernel(fresh);
  return gap;
}

std::vector<std::int64_t> WorkingSet::free_places(std::int64_t wanted) const {
  std::vector<std::int64_t> candidates;
  for (std::int64_t place = 0; place < size(); ++place)
    if (places_.entered[static_cast<std::size_t>(place)] != places_.round) candidates.push_back(place);
  const auto worth = [&](std::int64_t place) {
    const auto p = static_cast<std::size_t>(place);
    const bool between = alphas_[p] > 0 && alphas_[p] < bounds_[p];
    return std::tuple(between, places_.entered[p], place);
  };
  std::ranges::sort(candidates, {}, worth);
  candidates.resize(static_cast<std::size_t>(wanted));
  std::ranges::sort(candidates);
  return candidates;
}

std::vector<std::int64_t> WorkingSet::give_places(std::span<const Entrant> entrants) {
  std::vector<Entrant> newcomers;
  for (const auto& entrant : entrants) {
    const auto found = std::ranges::find(places_.numbers, entrant.number);
    if (found == places_.numbers.end())
      newcomers.push_back(entrant);
    else
      places_.entered[static_cast<std::size_t>(found - places_.numbers.begin())] = places_.round;
  }
  const auto count = static_cast<std::int64_t>(newcomers.size());
  const std::int64_t appended = std::min(count, working_rows - size());
  auto fresh = free_places(count - appended);
  for (std::int64_t i = 0; i < appended; ++i) fresh.push_back(size() + i);
  resize(static_cast<std::size_t>(size() + appended));
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const auto place = static_cast<std::size_t>(fresh[i]);
    places_.numbers[place] = newcomers[i].number;
    owners_[place] = newcomers[i].owner;
    places_.entered[place] = places_.round;
  }
  return fresh;
}

void WorkingSet::resize(std::size_t size) {
  places_.numbers.resize(size);
  places_.entered.resize(size);
  owners_.resize(size);
  for (auto* const values : {&signs_, &bounds_, &alphas_, &scores_, &before_}) values->resize(size);
}

void WorkingSet::set_places(comm::Communicator& communicator, const LocalRows& local, SetPlaces places) {
  places_ = std::move(places);
  resize(places_.numbers.size());
  std::vector<std::int64_t> owners(places_.numbers.size(), 0);
  for (std::size_t place = 0; place < owners.size(); ++place)
    if (std::ranges::binary_search(local.numbers, places_.numbers[place])) owners[place] = communicator.rank();
  communicator.sum(std::span(owners));
  std::ranges::transform(owners, owners_.begin(), [](std::int64_t owner) { return static_cast<int>(owner); });
  std::vector<std::int64_t> all(owners.size());
  std::iota(all.begin(), all.end(), 0);
  exchange(communicator, local, all);
  fill_kernel(all);
}

void WorkingSet::exchange(comm::Communicator& communicator, const LocalRows& local, std::span<const std::int64_t> fresh) {
  const auto width = static_cast<std::size_t>(columns_);
  const auto is_fresh = [&](std::size_t place) { return std::ranges::binary_search(fresh, static_cast<std::int64_t>(place)); };
  std::vector<double> mine;
  for (std::size_t place = 0; place < places_.numbers.size(); ++place) {
    if (owners_[place] != communicator.rank()) continue;
    const auto position = local.position(places_.numbers[place]);
    const auto i = static_cast<std::size_t>(position);
    mine.push_back(local.scores[i]);
    if (!is_fresh(place)) continue;
    mine.insert(mine.end(), {local.alphas[i], local.signs[i], local.bounds[i]});
    mine.resize(mine.size() + width);
    local.rows->copy_row(position, std::span(mine).last(width));
  }
  const auto all = communicator.all_gather_all(std::span<const double>(mine));
  std::vector<std::size_t> next(all.starts.begin(), all.starts.end());
  for (std::size_t place = 0; place < places_.numbers.size(); ++place) {
    auto& at = next[static_cast<std::size_t>(owners_[place])];
    scores_[place] = all.values[at++];
    if (!is_fresh(place)) continue;
    alphas_[place] = all.values[at++];
    signs_[place] = all.values[at++];
    bounds_[place] = all.values[at++];
    const auto features = std::span(all.values).subspan(at, width);
    std::ranges::copy(features, points_.begin() + static_cast<std::ptrdiff_t>(place * width));
    panel_.set_row(static_cast<std::int64_t>(place), features);
    at += width;
  }
}

void WorkingSet::fill_kernel(std::span<const std::int64_t> fresh) {
  std::vector<double> points;
  for (std::size_t first = 0; first < fresh.size(); first += kernel::point_group) {
    const auto group = fresh.subspan(first, std::min<std::size_t>(kernel::point_group, fresh.size() - first));
    points.clear();
    for (const auto place : group) points.insert(points.end(), point(place).begin(), point(place).end());
    rbf_values(panel_.block(0), size(), points, std::ssize(group), columns_, gamma_, buffer_.data());
    for (std::int64_t i = 0; i < size(); ++i)
      for (std::size_t p = 0; p < group.size(); ++p) {
        const double value = buffer_[p * static_cast<std::size_t>(base::block_rows) + static_cast<std::size_t>(i)];
        kernel_[static_cast<std::size_t>(group[p] * working_rows + i)] = value;
        kernel_[static_cast<std::size_t>(i * working_rows + group[p])] = value;
      }
  }
}

std::int64_t WorkingSet::optimise(double tolerance, std::int64_t max_steps) {
  before_ = alphas_;
  const auto steps =
      optimise_pairs({kernel_, working_rows, signs_, bounds_, std::span(alphas_), std::span(scores_)}, tolerance, max_steps);
  changed_.clear();
  for (std::int64_t place = 0; place < size(); ++place)
    if (alphas_[static_cast<std::size_t>(place)] != before_[static_cast<std::size_t>(place)]) changed_.push_back(place);
  return steps;
}

double WorkingSet::growth(std::int64_t place) const noexcept {
  const auto p = static_cast<std::size_t>(place);
  return signs_[p] * (alphas_[p] - before_[p]);
}

std::span<const double> WorkingSet::point(std::int64_t place) const noexcept {
  const auto width = static_cast<std::size_t>(columns_);
  return std::span(points_).subspan(static_cast<std::size_t>(place) * width, width);
}

std::int64_t WorkingSet::bytes(std::int64_t columns) noexcept {
  constexpr auto value = static_cast<std::int64_t>(sizeof(double));
  // Points, panel and what is exchanged of them; the kernel and its buffer; a dozen values a place.
  return value * (columns * (2 * working_rows + base::block_rows) + working_rows * working_rows +
                  kernel::point_group * base::block_rows + 12 * working_rows);
}

}  // namespace fullbase::kernel_machines
