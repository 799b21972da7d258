#include "store/spooled_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "parallel/stop.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

constexpr const char* where = "standard input";
constexpr int look_up_ms = 200;  ///< how long a request to stop may wait

/// Some bytes; 0 at the end of the input.
std::size_t read_some(std::span<char> bytes) {
  for (;;) {
    parallel::stop_point();
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, look_up_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const auto got = ready < 0 ? -1 : ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR || errno == EAGAIN) continue;
    throw base::system_error("read", errno, where);
  }
}

void spool_to(const std::string& path) {
  if (::isatty(STDIN_FILENO) == 1) {
    throw base::input_error("is a terminal", where,
                            "send the file into the command: zcat lines.csv.gz | fullbase import job.yaml");
  }
  File file = File::create(path);
  std::vector<char> buffer(std::size_t{1} << 20);
  std::int64_t bytes = 0;
  while (const std::size_t got = read_some(buffer)) {
    file.write_at(bytes, std::as_bytes(std::span(buffer).first(got)));
    bytes += static_cast<std::int64_t>(got);
  }
  if (bytes == 0) {
    throw base::input_error("is empty", where,
                            "look at what the command before it in the pipe says; under mpirun, rank 0 must be given the input");
  }
  file.close();
}

}  // namespace

SpooledInput::SpooledInput(comm::Communicator& communicator, StoreWriter& store)
    : path_(store.new_part("standard_input")), owner_(communicator.is_root()) {
  comm::collective_try(communicator, "import: standard input", [&] {
    if (owner_) spool_to(path_);
  });
}

SpooledInput::~SpooledInput() {
  if (owner_) ::unlink(path_.c_str());
}

}  // namespace fullbase::store
