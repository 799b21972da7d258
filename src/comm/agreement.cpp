#include "comm/agreement.hpp"

#include <limits>
#include <string>

namespace fullbase::comm {

void agree(Communicator& communicator, const std::optional<base::Error>& local) {
  constexpr auto none = std::numeric_limits<std::int64_t>::max();
  const auto first = communicator.min_value(local ? std::int64_t{communicator.rank()} : none);
  if (first == none) return;
  const auto failing = static_cast<int>(first);
  const auto text = communicator.broadcast_text(local && communicator.rank() == failing ? local->encode() : "", failing);
  const auto error = base::Error::decode(text).known_to_all();
  // A stop is nobody's mistake, so it has no place.
  if (communicator.size() == 1 || error.kind() == base::ErrorKind::stopped) throw error;
  throw error.within("rank " + std::to_string(failing));
}

}  // namespace fullbase::comm
