#include "runtime/pseudonym_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "store/file.hpp"

namespace fullbase::runtime {
namespace {

/// A store's key is there once: what a user is told to type must not overwrite it.
constexpr const char* which_key =
    "give the one that the store was made with; a new store's is made by (umask 077; set -C; head -c 32 /dev/urandom > "
    "customer.key)";

/// Of a key of `size` bytes; more than the greatest length is not counted.
void require_length(std::size_t size, const std::string& source, bool is_input) {
  if (size >= base::PseudonymKey::least_bytes && size <= base::PseudonymKey::most_bytes) return;
  if (size == 0 && is_input)
    throw base::job_file_error("the input that should hold the pseudonyms' key is empty", source,
                               "give it the key file: --key-fd 3 3< customer.key; an input is read once, so what starts the "
                               "command again needs privacy.key_file");
  throw base::job_file_error(fmt::format("the pseudonyms' key has {} bytes, not {} to {}",
                                         size > base::PseudonymKey::most_bytes ? "more than 64" : std::to_string(size),
                                         base::PseudonymKey::least_bytes, base::PseudonymKey::most_bytes),
                             source, which_key);
}

/// Bytes of a key in locked memory of the greatest length, and how many they are.
std::pair<std::unique_ptr<base::PseudonymKey>, std::size_t> read_all(const store::File& source) {
  auto key = std::make_unique<base::PseudonymKey>(base::PseudonymKey::most_bytes);
  std::size_t have = 0;
  std::byte beyond{};
  while (true) {
    const bool full = have == key->bytes().size();
    std::byte* const to = full ? &beyond : key->bytes().data() + have;
    const ssize_t got = ::read(source.descriptor(), to, full ? 1 : key->bytes().size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EBADF)
      throw base::job_file_error("no such file is open", source.path(), "open it: --key-fd 3 3< customer.key");
    if (got < 0) throw base::system_error("read the pseudonyms' key", errno, source.path());
    have += static_cast<std::size_t>(got);
    if (got == 0 || have > key->bytes().size()) break;
  }
  return {std::move(key), have};
}

store::File open_secret(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    const int error = errno;
    if (error == ENOENT) throw base::job_file_error("there is no such key file", path, which_key);
    throw base::system_error("open the pseudonyms' key", error, path);
  }
  return {descriptor, path};
}

void require_secret(const store::File& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw base::system_error("look at the pseudonyms' key", errno, file.path());
  if (!S_ISREG(status.st_mode)) throw base::job_file_error("is no plain file", file.path(), which_key);
  const unsigned mode = status.st_mode & 07777U;
  if (mode != 0600U && mode != 0400U)
    throw base::job_file_error(fmt::format("others may read the pseudonyms' key: its mode is {:04o}", mode), file.path(),
                               "chmod 600 it, and make another key if somebody may have read this one");
}

}  // namespace

void check_key_file(const std::string& file) {
  const auto source = open_secret(file);
  require_secret(source);
  read_all(source);
}

std::shared_ptr<const base::PseudonymKey> read_pseudonym_key(comm::Communicator& communicator,
                                                             const std::optional<std::string>& file,
                                                             const std::optional<int>& descriptor) {
  if (!file && !descriptor) return nullptr;
  std::unique_ptr<base::PseudonymKey> read;
  std::size_t size = 0;
  comm::collective_try(communicator, "pseudonyms: key", [&] {
    if (!communicator.is_root()) return;
    if (descriptor) {
      std::tie(read, size) = read_all(store::File(*descriptor, "--key-fd"));
      require_length(size, "--key-fd", true);
    } else {
      const auto source = open_secret(*file);
      require_secret(source);
      std::tie(read, size) = read_all(source);
      require_length(size, *file, false);
    }
  });
  size = static_cast<std::size_t>(communicator.broadcast_value(static_cast<std::int64_t>(size)));
  auto key = comm::collective_try(communicator, "pseudonyms: key", [&] { return std::make_unique<base::PseudonymKey>(size); });
  if (read) std::copy_n(read->bytes().begin(), size, key->bytes().begin());
  communicator.broadcast(key->bytes());
  return std::shared_ptr<const base::PseudonymKey>(std::move(key));
}

}  // namespace fullbase::runtime
