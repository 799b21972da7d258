#include "store/csv/resolve.hpp"

#include "base/contract.hpp"

namespace fullbase::store::csv {
namespace {

constexpr std::uint8_t impossible = 255;
using Encoded = std::array<std::uint8_t, 5>;

State next(const Transition& transition, State state) {
  const std::optional<State> after = transition[static_cast<std::size_t>(state)];
  FULLBASE_EXPECTS(after.has_value(), "a piece knows what every state that can stand before it leads to");
  return *after;
}

}  // namespace

Transition compose(const Transition& first, const Transition& second) noexcept {
  Transition both;
  for (std::size_t i = 0; i < both.size(); ++i) {
    if (first[i]) both[i] = second[static_cast<std::size_t>(*first[i])];
  }
  return both;
}

std::vector<State> entry_states(comm::Communicator& communicator, std::span<const Transition> pieces) {
  Transition all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<State>(i);
  for (const Transition& piece : pieces) all = compose(all, piece);
  Encoded encoded{};
  for (std::size_t i = 0; i < all.size(); ++i) encoded[i] = all[i] ? static_cast<std::uint8_t>(*all[i]) : impossible;

  const std::vector<Encoded> ranks = communicator.all_gather(encoded);
  State state = State::record_start;
  for (int rank = 0; rank < communicator.rank(); ++rank) {
    const std::uint8_t after = ranks[static_cast<std::size_t>(rank)][static_cast<std::size_t>(state)];
    FULLBASE_EXPECTS(after != impossible, "a rank's pieces know what every state that can stand before them leads to");
    state = static_cast<State>(after);
  }
  std::vector<State> entries;
  for (const Transition& piece : pieces) {
    entries.push_back(state);
    state = next(piece, state);
  }
  return entries;
}

}  // namespace fullbase::store::csv
