// Threads as ranks: each collective is "show what I have, meet, copy what I need, meet".
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"

namespace fullbase::comm {
namespace {

/// What ranks that wait for one that never comes are released with.
class Released : public base::Error {
 public:
  explicit Released(const base::Error& error) : Error(error) {}
};

/// What a rank shows the others for the length of one collective. All but the pointers must be equal on all ranks.
struct Offer {
  const char* collective = "";
  std::int64_t bytes = 0;  ///< 0 where lengths may differ
  int detail = 0;          ///< root or reduction
  std::byte* buffer = nullptr;
  std::span<const std::byte> send = {};
  std::span<const std::span<const std::byte>> parts = {};
};

class Meeting {
 public:
  explicit Meeting(int ranks) : offers(static_cast<std::size_t>(ranks)), ranks_(ranks) {}

  std::vector<Offer> offers;  ///< one a rank; written before a meeting, read between it and the next

  /// Returns once every rank has come, or throws once one is known not to come.
  void meet() {
    std::unique_lock lock(mutex_);
    if (!missing_.empty()) throw released();
    const auto round = round_;
    if (++waiting_ == ranks_) {
      waiting_ = 0;
      ++round_;
      changed_.notify_all();
      return;
    }
    changed_.wait(lock, [&] { return round_ != round || !missing_.empty(); });
    if (round_ == round) throw released();
  }

  /// `rank` comes to no further meeting.
  void leave(int rank, const char* how) {
    const std::lock_guard lock(mutex_);
    if (missing_.empty()) missing_ = "rank " + std::to_string(rank) + " " + how;
    changed_.notify_all();
  }

 private:
  Released released() const {
    return Released(base::internal_error("waited in a collective for other ranks, but " + missing_, "ranks as threads"));
  }

  const int ranks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  std::int64_t round_ = 0;
  std::string missing_;
};

class ThreadCommunicator final : public Communicator {
 public:
  ThreadCommunicator(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return static_cast<int>(meeting_.offers.size()); }

 private:
  void do_barrier() override {
    show({.collective = "barrier"});
    meeting_.meet();
  }

  void do_broadcast(std::span<std::byte> bytes, int root) override {
    show({.collective = "broadcast", .bytes = length(bytes), .detail = root, .buffer = bytes.data()});
    if (rank_ != root) std::copy_n(offer(root).buffer, bytes.size(), bytes.data());
    meeting_.meet();
  }

  // Each rank combines its share of the elements and writes the outcome into every rank's buffer: nobody else touches them.
  void do_reduce(std::span<std::byte> values, std::int64_t count, Reduction reduction) override {
    show({.collective = "reduction", .bytes = length(values), .detail = static_cast<int>(reduction), .buffer = values.data()});
    const auto element = static_cast<std::int64_t>(element_bytes(reduction));
    const auto first = count * rank_ / size() * element;
    const auto last = count * (rank_ + 1) / size() * element;
    auto* total = offer(0).buffer;
    for (int r = 1; r < size(); ++r) combine(total + first, offer(r).buffer + first, (last - first) / element, reduction);
    for (int r = 1; r < size(); ++r) std::copy(total + first, total + last, offer(r).buffer + first);
    meeting_.meet();
  }

  void do_all_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive) override {
    show({.collective = "all_gather", .send = send});
    for (int r = 0; r < size(); ++r) take(offer(r).send, receive[static_cast<std::size_t>(r)]);
    end();
  }

  void do_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive, int root) override {
    show({.collective = "gather", .detail = root, .send = send});
    for (int r = 0; rank_ == root && r < size(); ++r) take(offer(r).send, receive[static_cast<std::size_t>(r)]);
    end();
  }

  void do_all_to_all(std::span<const std::span<const std::byte>> send, std::span<const std::span<std::byte>> receive) override {
    show({.collective = "all_to_all", .parts = send});
    for (int r = 0; r < size(); ++r) take(offer(r).parts[static_cast<std::size_t>(rank_)], receive[static_cast<std::size_t>(r)]);
    end();
  }

  std::int64_t do_exclusive_sum(std::int64_t value) override {
    show({.collective = "exclusive_sum", .send = std::as_bytes(std::span(&value, 1))});
    std::uint64_t sum = 0;
    for (int r = 0; r < rank_; ++r) {
      std::uint64_t part = 0;
      take(offer(r).send, std::as_writable_bytes(std::span(&part, 1)));
      sum += part;
    }
    meeting_.meet();
    return static_cast<std::int64_t>(sum);
  }

  /// Shows an offer and waits for all others'. Ranks that call different things is what MPI would answer with a hang or with
  /// garbage: here every rank sees it, so that all throw and none still reads another's memory.
  void show(const Offer& mine) {
    meeting_.offers[static_cast<std::size_t>(rank_)] = mine;
    meeting_.meet();
    for (int r = 1; r < size(); ++r) {
      const bool same = std::string_view(offer(0).collective) == offer(r).collective && offer(0).bytes == offer(r).bytes &&
                        offer(0).detail == offer(r).detail;
      if (!same) {
        throw base::internal_error("ranks call different collectives: rank 0 " + describe(offer(0)) + ", rank " +
                                   std::to_string(r) + " " + describe(offer(r)));
      }
    }
  }

  static std::string describe(const Offer& offer) {
    return std::string(offer.collective) + " of " + std::to_string(offer.bytes) + " bytes, root or operation " +
           std::to_string(offer.detail);
  }
  void take(std::span<const std::byte> from, std::span<std::byte> into) {
    fits_ = fits_ && from.size() == into.size();
    std::copy_n(from.begin(), std::min(from.size(), into.size()), into.begin());
  }
  /// Ends what reads others' memory; only then may a wrong length throw.
  void end() {
    meeting_.meet();
    FULLBASE_EXPECTS(fits_, "both sides of a message know its length");
  }
  static std::int64_t length(std::span<const std::byte> bytes) noexcept { return static_cast<std::int64_t>(bytes.size()); }
  const Offer& offer(int rank) const { return meeting_.offers[static_cast<std::size_t>(rank)]; }

  Meeting& meeting_;
  int rank_;
  bool fits_ = true;
};

}  // namespace

void run_threads(int ranks, const std::function<void(Communicator&)>& body) {
  FULLBASE_EXPECTS(ranks > 0, "a run has at least one rank");
  Meeting meeting(ranks);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(ranks));
  std::vector<std::exception_ptr> releases(static_cast<std::size_t>(ranks));
  const auto run = [&](int rank) {
    const auto r = static_cast<std::size_t>(rank);
    ThreadCommunicator communicator(meeting, rank);
    try {
      body(communicator);
      meeting.leave(rank, "has returned");
    } catch (const Released&) {
      releases[r] = std::current_exception();
      meeting.leave(rank, "was released");
    } catch (...) {
      failures[r] = std::current_exception();
      meeting.leave(rank, "has thrown an error");
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int rank = 1; rank < ranks; ++rank) threads.emplace_back(run, rank);
    run(0);
  }
  for (const auto* exceptions : {&failures, &releases}) {
    for (const auto& exception : *exceptions) {
      if (exception) std::rethrow_exception(exception);
    }
  }
}

}  // namespace fullbase::comm
