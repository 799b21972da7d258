#include "comm/mpi_communicator.hpp"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace fullbase::comm {
namespace {

/// Messages under way at once from one rank in an all-to-all or a gather: enough to hide latency, few enough for small buffers.
constexpr int window = 32;
constexpr int tag = 1;

[[noreturn]] void end_job(int code, const char* call, int rank) noexcept {
  std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  std::fprintf(stderr, "fullbase: rank %d: %s failed: %s; the job ends\n", rank, call, text.data());
  std::fflush(stderr);
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(base::ErrorKind::io));
  std::abort();
}

template <Reduction reduction>
void combine_16(void* from, void* into, int* count, MPI_Datatype*) {
  combine(static_cast<std::byte*>(into), static_cast<const std::byte*>(from), *count, reduction);
}

/// A reduction that MPI doesn't know.
class Operator {
 public:
  explicit Operator(MPI_User_function* function) { MPI_Op_create(function, 1, &op_); }
  ~Operator() { MPI_Op_free(&op_); }
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  MPI_Op get() const noexcept { return op_; }

 private:
  MPI_Op op_ = MPI_OP_NULL;
};

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator() : thread_(std::this_thread::get_id()) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    check(MPI_Comm_dup(MPI_COMM_WORLD, &communicator_), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Type_contiguous(16, MPI_BYTE, &sixteen_bytes_), "MPI_Type_contiguous");
    check(MPI_Type_commit(&sixteen_bytes_), "MPI_Type_commit");
  }
  ~MpiCommunicator() override {
    MPI_Type_free(&sixteen_bytes_);
    MPI_Comm_free(&communicator_);
  }

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return size_; }

 private:
  void do_barrier() override { check(MPI_Barrier(here()), "MPI_Barrier"); }

  void do_broadcast(std::span<std::byte> bytes, int root) override {
    check(MPI_Bcast(bytes.data(), count_of(bytes), MPI_BYTE, root, here()), "MPI_Bcast");
  }

  void do_reduce(std::span<std::byte> values, std::int64_t count, Reduction reduction) override {
    const auto [type, op] = operation(reduction);
    check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(count), type, op, here()), "MPI_Allreduce");
  }

  // MPI's displacements are ints. What lies within one message's reach goes in one call; beyond that each rank broadcasts.
  void do_all_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive) override {
    const auto reach = receive.back().data() + receive.back().size() - receive.front().data();
    if (reach > message_limit()) {
      std::ranges::copy(send, receive[static_cast<std::size_t>(rank_)].begin());
      for (int r = 0; r < size_; ++r) {
        const auto part = receive[static_cast<std::size_t>(r)];
        if (!part.empty()) do_broadcast(part, r);
      }
      return;
    }
    std::vector<int> counts;
    std::vector<int> displacements;
    for (const auto part : receive) {
      counts.push_back(count_of(part));
      displacements.push_back(static_cast<int>(part.data() - receive.front().data()));
    }
    check(MPI_Allgatherv(send.data(), count_of(send), MPI_BYTE, receive.front().data(), counts.data(), displacements.data(),
                         MPI_BYTE, here()),
          "MPI_Allgatherv");
  }

  void do_gather(std::span<const std::byte> send, std::span<const std::span<std::byte>> receive, int root) override {
    if (rank_ != root) {
      if (!send.empty()) check(MPI_Send(send.data(), count_of(send), MPI_BYTE, root, tag, here()), "MPI_Send");
      return;
    }
    std::ranges::copy(send, receive[static_cast<std::size_t>(rank_)].begin());
    for (int r = 0; r < size_; ++r) {
      if (r != root) post_receive(receive[static_cast<std::size_t>(r)], r);
      if (requests_.size() >= window) wait();
    }
    wait();
  }

  // Pairwise at growing distance, so that at any time every rank sends to another one. An empty part is no message.
  void do_all_to_all(std::span<const std::span<const std::byte>> send, std::span<const std::span<std::byte>> receive) override {
    std::ranges::copy(send[static_cast<std::size_t>(rank_)], receive[static_cast<std::size_t>(rank_)].begin());
    for (int distance = 1; distance < size_; ++distance) {
      const int from = (rank_ - distance + size_) % size_;
      const int to = (rank_ + distance) % size_;
      post_receive(receive[static_cast<std::size_t>(from)], from);
      post_send(send[static_cast<std::size_t>(to)], to);
      if (distance % window == 0) wait();
    }
    wait();
  }

  std::int64_t do_exclusive_sum(std::int64_t value) override {
    std::int64_t sum = 0;
    check(MPI_Exscan(&value, &sum, 1, MPI_UINT64_T, MPI_SUM, here()), "MPI_Exscan");
    return rank_ == 0 ? 0 : sum;
  }

  std::pair<MPI_Datatype, MPI_Op> operation(Reduction reduction) const {
    switch (reduction) {
      case Reduction::sum_64:
        return {MPI_UINT64_T, MPI_SUM};
      case Reduction::min_int64:
        return {MPI_INT64_T, MPI_MIN};
      case Reduction::max_int64:
        return {MPI_INT64_T, MPI_MAX};
      case Reduction::min_uint64:
        return {MPI_UINT64_T, MPI_MIN};
      case Reduction::max_uint64:
        return {MPI_UINT64_T, MPI_MAX};
      case Reduction::sum_128:
        return {sixteen_bytes_, sum_128_.get()};
      case Reduction::argmin:
        return {sixteen_bytes_, argmin_.get()};
      case Reduction::argmax:
        return {sixteen_bytes_, argmax_.get()};
    }
    return {MPI_DATATYPE_NULL, MPI_OP_NULL};
  }

  void post_receive(std::span<std::byte> bytes, int from) {
    if (bytes.empty()) return;
    requests_.push_back(MPI_REQUEST_NULL);
    check(MPI_Irecv(bytes.data(), count_of(bytes), MPI_BYTE, from, tag, here(), &requests_.back()), "MPI_Irecv");
  }
  void post_send(std::span<const std::byte> bytes, int to) {
    if (bytes.empty()) return;
    requests_.push_back(MPI_REQUEST_NULL);
    check(MPI_Isend(bytes.data(), count_of(bytes), MPI_BYTE, to, tag, here(), &requests_.back()), "MPI_Isend");
  }
  void wait() {
    std::vector<MPI_Status> statuses(requests_.size());
    int code = MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), statuses.data());
    if (code == MPI_ERR_IN_STATUS) {  // the reason is with the message that failed
      const auto failed = std::ranges::find_if(
          statuses, [](const MPI_Status& s) { return s.MPI_ERROR != MPI_SUCCESS && s.MPI_ERROR != MPI_ERR_PENDING; });
      if (failed != statuses.end()) code = failed->MPI_ERROR;
    }
    check(code, "MPI_Waitall");
    requests_.clear();
  }

  /// The communicator, for the one thread that MPI_THREAD_FUNNELED allows.
  MPI_Comm here() const {
    FULLBASE_EXPECTS(std::this_thread::get_id() == thread_, "only a rank's main thread communicates");
    return communicator_;
  }
  void check(int code, const char* call) const noexcept {
    if (code != MPI_SUCCESS) end_job(code, call, rank_);
  }
  static int count_of(std::span<const std::byte> bytes) noexcept { return static_cast<int>(bytes.size()); }

  std::thread::id thread_;
  MPI_Comm communicator_ = MPI_COMM_NULL;
  MPI_Datatype sixteen_bytes_ = MPI_DATATYPE_NULL;
  Operator sum_128_{combine_16<Reduction::sum_128>};
  Operator argmin_{combine_16<Reduction::argmin>};
  Operator argmax_{combine_16<Reduction::argmax>};
  std::vector<MPI_Request> requests_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

std::unique_ptr<Communicator> mpi_world() {
  return std::make_unique<MpiCommunicator>();
}

}  // namespace fullbase::comm
