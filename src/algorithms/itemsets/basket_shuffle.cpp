#include "algorithms/itemsets/basket_shuffle.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include "algorithms/itemsets/basket_builder.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::itemsets {
namespace {

using tables::missing_code;

/// A 64th of the lines says enough of a share; not more than 2 MiB in all.
constexpr std::int64_t least_sample = 1 << 14;
constexpr std::int64_t most_sample = 1 << 18;
constexpr std::int64_t least_pass_bytes = 1 << 20;
constexpr std::int64_t share_lines = 1 << 15;  ///< so that a share stays in a core's cache
constexpr std::int64_t most_shares = 1 << 11;  ///< of all ranks in a pass

struct Line {
  std::uint64_t code;
  std::int32_t item;
};
struct TimedLine {
  std::uint64_t code;
  std::int64_t time;
  std::int32_t item;
};

/// Every `stride`th row or so, whatever pattern the rows have.
bool is_sampled(std::int64_t row, std::int64_t stride) noexcept {
  if (stride == 1) return true;
  auto x = static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  return (x ^ (x >> 32)) % static_cast<std::uint64_t>(stride) == 0;
}

struct SampledLine {
  std::uint64_t code;
  int rank;
};

/// Of all ranks' lines, in the order of their keys. Collective.
std::vector<SampledLine> sample(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
                                std::int64_t stride) {
  std::vector<std::uint64_t> own;
  comm::collective_try(communicator, "sample keys", [&] {
    std::mutex mutex;
    parallel::scan(source, comm::own_rows(communicator, source.rows()), reader.columns(), [&](data::Batch&& batch, int) {
      BasketLines lines;
      reader.read(batch, lines);
      std::vector<std::uint64_t> some;
      for (std::size_t i = 0; i < lines.codes.size(); ++i) {
        if (lines.codes[i] != missing_code && is_sampled(batch.rows.first + static_cast<std::int64_t>(i), stride))
          some.push_back(lines.codes[i]);
      }
      const std::scoped_lock lock(mutex);
      own.insert(own.end(), some.begin(), some.end());
    });
  });
  const auto gathered = communicator.all_gather_all(std::span<const std::uint64_t>(own));
  std::vector<SampledLine> all;
  all.reserve(gathered.values.size());
  for (int rank = 0; rank < communicator.size(); ++rank) {
    for (const std::uint64_t code : gathered.from(rank)) all.push_back({code, rank});
  }
  std::sort(all.begin(), all.end(),
            [](const SampledLine& a, const SampledLine& b) { return a.code != b.code ? a.code < b.code : a.rank < b.rank; });
  return all;
}

/// Positions at which passes begin, so that no rank has more than `room` lines of the sample in one, nor do all on average; but a
/// key is never cut.
std::vector<std::size_t> pass_starts(std::span<const SampledLine> lines, int ranks, std::int64_t room) {
  std::vector<std::size_t> starts = {0};
  std::vector<std::int64_t> held(static_cast<std::size_t>(ranks), 0);
  for (std::size_t first = 0, last = 0; first < lines.size(); first = last) {
    bool fits = true;
    for (; last < lines.size() && lines[last].code == lines[first].code; ++last)
      fits = ++held[static_cast<std::size_t>(lines[last].rank)] <= room && fits;
    fits = fits && static_cast<std::int64_t>(last - starts.back()) <= room * ranks;
    if (fits || first == starts.back()) continue;
    starts.push_back(first);
    std::ranges::fill(held, 0);
    for (std::size_t i = first; i < last; ++i) ++held[static_cast<std::size_t>(lines[i].rank)];
  }
  return starts;
}

/// Lines of keys [first, end) in the order of their keys.
template <class AnyLine>
void order_by_key(std::vector<AnyLine>& lines, std::uint64_t first, std::uint64_t end) {
  if (end - first > 4 * lines.size() + 1024 || lines.size() > std::numeric_limits<std::uint32_t>::max()) {
    std::sort(lines.begin(), lines.end(), [](const AnyLine& a, const AnyLine& b) { return a.code < b.code; });
    return;
  }
  std::vector<std::uint32_t> places(static_cast<std::size_t>(end - first) + 1, 0);
  for (const AnyLine& line : lines) ++places[static_cast<std::size_t>(line.code - first) + 1];
  std::partial_sum(places.begin(), places.end(), places.begin());
  std::vector<AnyLine> ordered(lines.size());
  for (const AnyLine& line : lines) ordered[places[static_cast<std::size_t>(line.code - first)]++] = line;
  lines.swap(ordered);
}

template <class AnyLine>
class Pass {
 public:
  Pass(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
       const BasketColumns& columns, const KeyRanges& shares, std::int64_t pass, data::Budget& budget)
      : communicator_(communicator),
        source_(source),
        reader_(reader),
        columns_(columns),
        each_(static_cast<std::size_t>(shares.each)),
        pass_(pass),
        budget_(budget) {
    const std::size_t count = each_ * static_cast<std::size_t>(communicator.size());
    firsts_ = std::span(shares.firsts).subspan(count * static_cast<std::size_t>(pass), count + 1);
  }

  void run(const BasketReader::Consumer& consume, BasketFacts& facts) {
    comm::collective_try(communicator_, "read baskets", [&] { read(); });
    if (communicator_.size() > 1) exchange();
    comm::collective_try(communicator_, "make baskets", [&] { make_baskets(consume, facts); });
  }

 private:
  /// Some lines, those of a share side by side.
  struct Lines {
    std::vector<AnyLine> lines;
    std::vector<std::uint32_t> starts;  ///< of the shares of all ranks, and the end
    data::Reservation memory;
  };

  std::size_t shares() const noexcept { return firsts_.size() - 1; }

  /// The share of each line of a batch, and shares() for lines of other passes; returns how many each has, one place behind.
  std::vector<std::uint32_t> find_shares(std::span<const std::uint64_t> codes, std::vector<std::uint32_t>& found) const {
    found.resize(codes.size());
    std::vector<std::uint32_t> counts(shares() + 1, 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::uint64_t code = codes[i];
      found[i] = static_cast<std::uint32_t>(shares());
      if (code < firsts_.front() || code >= firsts_.back()) continue;
      // The last share that begins at the code or below it: halving without branches.
      std::size_t at = 0;
      for (std::size_t left = shares(); left > 1;) {
        const std::size_t half = left / 2;
        at += firsts_[at + half] <= code ? half : 0;
        left -= half;
      }
      found[i] = static_cast<std::uint32_t>(at);
      ++counts[at + 1];
    }
    return counts;
  }

  void read() {
    const auto rows = comm::own_rows(communicator_, source_.rows());
    if (rows.empty()) return;
    const std::int64_t first_group = rows.first / parallel::scan_group_rows;
    read_.resize(static_cast<std::size_t>((rows.last - 1) / parallel::scan_group_rows - first_group + 1));
    struct Buffers {
      BasketLines lines;
      std::vector<std::uint32_t> shares;
    };
    std::vector<Buffers> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::scan(source_, rows, reader_.columns(), [&](data::Batch&& batch, int thread) {
      auto& [lines, found] = buffers[static_cast<std::size_t>(thread)];
      reader_.read(batch, lines);
      Lines& into = read_[static_cast<std::size_t>(batch.rows.first / parallel::scan_group_rows - first_group)];
      into.starts = find_shares(lines.codes, found);
      std::partial_sum(into.starts.begin(), into.starts.end(), into.starts.begin());
      into.memory = budget_.require(static_cast<std::int64_t>(into.starts.back() * sizeof(AnyLine)), "lines of baskets");
      into.lines.resize(into.starts.back());
      auto next = into.starts;
      for (std::size_t i = 0; i < lines.codes.size(); ++i) {
        if (found[i] == shares()) continue;
        AnyLine& line = into.lines[next[found[i]]++];
        line.code = lines.codes[i];
        line.item = lines.items[i];
        if constexpr (timed) line.time = lines.times[i];
      }
    });
  }

  /// Brings every share to its rank.
  void exchange() {
    std::vector<std::int64_t> sent(shares() + 1, 0);  ///< position of each share
    std::vector<AnyLine> packed;
    data::Reservation memory;
    comm::collective_try(communicator_, "pack lines", [&] {
      for (const Lines& some : read_) {
        for (std::size_t share = 0; share < some.starts.size() - 1; ++share)
          sent[share + 1] += some.starts[share + 1] - some.starts[share];
      }
      std::partial_sum(sent.begin(), sent.end(), sent.begin());
      memory = budget_.require(sent.back() * static_cast<std::int64_t>(sizeof(AnyLine)), "lines of baskets that change rank");
      packed.resize(static_cast<std::size_t>(sent.back()));
      parallel::for_each(0, static_cast<std::int64_t>(shares()), [&](std::int64_t share, int) {
        auto into = packed.begin() + sent[static_cast<std::size_t>(share)];
        for (const Lines& some : read_) {
          const auto* const begin = some.starts.data() + share;
          into = std::copy(some.lines.begin() + begin[0], some.lines.begin() + begin[1], into);
        }
      });
      read_.clear();
    });

    const auto ranks = static_cast<std::size_t>(communicator_.size());
    std::vector<std::int64_t> lengths(shares());
    std::adjacent_difference(sent.begin() + 1, sent.end(), lengths.begin());
    std::vector<std::int64_t> received(shares());  ///< by rank, then share
    std::vector<std::span<const std::int64_t>> send_lengths;
    std::vector<std::span<std::int64_t>> receive_lengths;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      send_lengths.push_back(std::span<const std::int64_t>(lengths).subspan(rank * each_, each_));
      receive_lengths.push_back(std::span(received).subspan(rank * each_, each_));
    }
    communicator_.all_to_all_into(send_lengths, receive_lengths);

    std::vector<std::span<const AnyLine>> send;
    std::vector<std::span<AnyLine>> receive;
    comm::collective_try(communicator_, "receive lines", [&] {
      read_.resize(ranks);
      for (std::size_t rank = 0; rank < ranks; ++rank) {
        const auto first = static_cast<std::size_t>(sent[rank * each_]);
        send.push_back(
            std::span<const AnyLine>(packed).subspan(first, static_cast<std::size_t>(sent[(rank + 1) * each_]) - first));
        Lines& from = read_[rank];
        from.starts.assign(each_ + 1, 0);
        std::partial_sum(receive_lengths[rank].begin(), receive_lengths[rank].end(), from.starts.begin() + 1);
        from.memory = budget_.require(from.starts.back() * static_cast<std::int64_t>(sizeof(AnyLine)), "lines of baskets");
        from.lines.resize(from.starts.back());
        receive.emplace_back(from.lines);
      }
    });
    comm::StageScope stage(communicator_.statistics(), "shuffle baskets");
    communicator_.all_to_all_into(send, receive);
  }

  void make_baskets(const BasketReader::Consumer& consume, BasketFacts& facts) {
    const auto first_share = each_ * static_cast<std::size_t>(communicator_.rank());
    std::mutex mutex;
    parallel::for_each(0, static_cast<std::int64_t>(each_), [&](std::int64_t share, int thread) {
      std::int64_t count = 0;
      for (const Lines& some : read_)
        count += some.starts[static_cast<std::size_t>(share) + 1] - some.starts[static_cast<std::size_t>(share)];
      if (count == 0) return;
      const auto memory = budget_.require(2 * count * static_cast<std::int64_t>(sizeof(AnyLine)), "the lines of some baskets");
      std::vector<AnyLine> lines;
      lines.reserve(static_cast<std::size_t>(count));
      for (const Lines& some : read_) {
        const auto* const begin = some.starts.data() + share;
        lines.insert(lines.end(), some.lines.begin() + begin[0], some.lines.begin() + begin[1]);
      }
      const std::size_t number = first_share + static_cast<std::size_t>(share);
      order_by_key(lines, firsts_[number], firsts_[number + 1]);
      BasketBuilder builder(columns_.within, columns_.wants_keys);
      builder.reserve(count);
      for (const AnyLine& line : lines) {
        if constexpr (timed) {
          builder.add(line.code, line.item, line.time);
        } else {
          builder.add(line.code, line.item);
        }
      }
      BasketFacts mine;
      Baskets baskets = builder.take(mine);
      {
        const std::scoped_lock lock(mutex);
        facts.add(mine);
      }
      consume(std::move(baskets), pass_, share, thread);
    });
  }

  static constexpr bool timed = std::is_same_v<AnyLine, TimedLine>;

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const BasketLineReader& reader_;
  const BasketColumns& columns_;
  std::size_t each_;
  std::int64_t pass_;
  data::Budget& budget_;
  std::span<const std::uint64_t> firsts_;  ///< of this pass's shares, and the end
  std::vector<Lines> read_;                ///< by group of rows; once exchanged, of this rank's shares by sender
};

}  // namespace

KeyRanges cut_keys(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
                   std::uint64_t keys, std::int64_t lines, bool timed, data::Budget& budget) {
  const std::int64_t stride = std::max<std::int64_t>(1, lines / std::clamp(lines / 64, least_sample, most_sample));
  const auto sampled = sample(communicator, source, reader, stride);
  const std::int64_t line_bytes = 2 * static_cast<std::int64_t>(timed ? sizeof(TimedLine) : sizeof(Line));
  const std::int64_t bytes = communicator.min_value(std::max(least_pass_bytes, budget.available() / 2));
  const auto starts = pass_starts(sampled, communicator.size(), std::max<std::int64_t>(1, bytes / 4 * 3 / line_bytes / stride));

  KeyRanges shares;
  shares.passes = std::ssize(starts);
  const std::int64_t runs = shares.passes * communicator.size();
  shares.each =
      std::clamp<std::int64_t>(lines / (runs * share_lines), 1, std::max<std::int64_t>(1, most_shares / communicator.size()));
  const auto count = static_cast<std::size_t>(shares.each * communicator.size());
  for (std::size_t pass = 0; pass < starts.size(); ++pass) {
    const std::size_t first = starts[pass];
    const std::size_t last = pass + 1 < starts.size() ? starts[pass + 1] : sampled.size();
    for (std::size_t share = 0; share < count; ++share) {
      const std::size_t at = first + (last - first) * share / count;
      shares.firsts.push_back(pass + share == 0 || sampled.empty() ? 0 : sampled[at].code);
    }
  }
  shares.firsts.push_back(keys);
  return shares;
}

void shuffle_baskets(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
                     const BasketColumns& columns, const KeyRanges& shares, std::int64_t pass, data::Budget& budget,
                     const BasketReader::Consumer& consume, BasketFacts& facts) {
  if (columns.within > 0) {
    Pass<TimedLine>(communicator, source, reader, columns, shares, pass, budget).run(consume, facts);
  } else {
    Pass<Line>(communicator, source, reader, columns, shares, pass, budget).run(consume, facts);
  }
}

}  // namespace fullbase::itemsets
