#include "algorithms/itemsets/candidates.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>
#include <vector>

#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"

namespace fullbase::itemsets {
namespace {

/// Keeps of `some` what is in `others`; both ascend.
void keep_common(std::vector<std::int32_t>& some, std::span<const std::int32_t> others) {
  auto kept = some.begin();
  auto other = others.begin();
  for (const auto item : some) {
    other = std::lower_bound(other, others.end(), item);
    if (other == others.end()) break;
    if (*other == item) *kept++ = item;
  }
  some.erase(kept, some.end());
}

}  // namespace

Candidates::Candidates(const SetTrie& frequent, const std::function<bool(std::int32_t rarest)>& wanted) : frequent_(frequent) {
  const auto roots = frequent.items(0);
  for (std::size_t root = 0; root < roots.size(); ++root) {
    if (wanted(roots[root])) roots_.push_back(static_cast<std::int64_t>(root));
  }
}

std::int64_t Candidates::count() const {
  std::atomic<std::int64_t> count = 0;
  parallel::for_each(0, std::ssize(roots_), [&](std::int64_t at, int) {
    std::int64_t own = 0;
    join(roots_[static_cast<std::size_t>(at)], [&](std::span<const std::int32_t>) { ++own; });
    count += own;
  });
  return count;
}

std::int64_t Candidates::bytes(std::int64_t candidates, const SetTrie& frequent) noexcept {
  return 2 * (4 * candidates + 8 * (frequent.beginnings() + std::min(candidates, frequent.size())));
}

SetTrie Candidates::make() const {
  std::vector<SetTrie> parts(roots_.size(), SetTrie(frequent_.set_size() + 1));
  parallel::for_each(0, std::ssize(roots_), [&](std::int64_t at, int) {
    auto& part = parts[static_cast<std::size_t>(at)];
    join(roots_[static_cast<std::size_t>(at)], [&](std::span<const std::int32_t> candidate) { part.add(candidate); });
  });
  SetTrie candidates(frequent_.set_size() + 1);
  for (auto& part : parts) {
    candidates.append(part);
    part = SetTrie(1);
  }
  candidates.finish();
  return candidates;
}

template <class F>
void Candidates::join(std::int64_t root, F&& take) const {
  // Nodes whose children are joined with each other: those of the depth before the last that lie below the root.
  const auto depth = frequent_.set_size() - 2;
  std::vector<std::int32_t> candidate;
  std::vector<std::int32_t> left_out;
  std::vector<std::int32_t> joined;
  const auto join_children = [&](std::int64_t node) {
    const auto lasts = frequent_.last_items(node);
    const auto shared = candidate.size();
    for (std::size_t y = 1; y < lasts.size(); ++y) {
      joined.assign(lasts.begin(), lasts.begin() + static_cast<std::ptrdiff_t>(y));
      for (std::size_t m = 0; m < shared && !joined.empty(); ++m) {
        left_out.assign(candidate.begin(), candidate.end());
        left_out.erase(left_out.begin() + static_cast<std::ptrdiff_t>(m));
        left_out.push_back(lasts[y]);
        const auto without = frequent_.find(left_out);
        keep_common(joined, without < 0 ? std::span<const std::int32_t>() : frequent_.last_items(without));
      }
      if (joined.empty()) continue;
      candidate.resize(shared + 2);
      candidate[shared] = lasts[y];
      for (const auto last : joined) {
        candidate[shared + 1] = last;
        take(std::span<const std::int32_t>(candidate));
      }
      candidate.resize(shared);
    }
  };
  const auto walk = [&](const auto& self, int at, std::int64_t node) -> void {
    parallel::stop_point();
    candidate.push_back(frequent_.items(at)[static_cast<std::size_t>(node)]);
    if (at == depth) {
      join_children(node);
    } else {
      const auto starts = frequent_.starts(at);
      for (auto child = starts[static_cast<std::size_t>(node)]; child < starts[static_cast<std::size_t>(node) + 1]; ++child)
        self(self, at + 1, child);
    }
    candidate.pop_back();
  };
  walk(walk, 0, root);
}

}  // namespace fullbase::itemsets
