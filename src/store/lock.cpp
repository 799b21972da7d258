#include "store/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "base/error.hpp"

namespace fullbase::store {
namespace {

std::string holder(int descriptor) {
  char text[256] = "";
  const auto length = ::pread(descriptor, text, sizeof text - 1, 0);
  return length > 0 ? fmt::format(" ({})", std::string(text, static_cast<std::size_t>(length))) : "";
}

struct flock whole_file(short type) noexcept {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "an unknown host";
}

/// The holder of a lock removes its file, so the file that was locked may no longer be the one at the path.
bool is_at_path(int descriptor, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(std::string path, const std::string& what, std::chrono::milliseconds patience) : path_(std::move(path)) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
      if (errno == EINTR) continue;
      throw base::system_error("make the lock file", errno, path_, "check that the folder is there and may be written to");
    }
    struct flock range = whole_file(F_WRLCK);
    int status = 0;
    do status = ::fcntl(descriptor, F_OFD_SETLK, &range);
    while (status != 0 && errno == EINTR);
    if (status != 0) {
      const int number = errno;
      const std::string who = holder(descriptor);
      ::close(descriptor);
      const bool is_held = number == EACCES || number == EAGAIN;
      if (is_held && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      if (is_held) {
        throw base::io_error(fmt::format("{} is locked by another run{}", what, who), path_,
                             "wait until that run is done, or end it");
      }
      throw base::system_error("lock the file", number, path_, "the file system must support fcntl locks");
    }
    if (!is_at_path(descriptor, path_)) {
      ::close(descriptor);
      continue;
    }
    const std::string who = fmt::format("process {} on {}", ::getpid(), host_name());
    // The text is for the message of whoever comes second; without it that message says less.
    if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, who.data(), who.size(), 0) < 0) errno = 0;
    descriptor_ = descriptor;
    return;
  }
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

SharedLock::SharedLock(const std::string& path) noexcept
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600)) {
  if (descriptor_ < 0) descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) return;
  struct flock range = whole_file(F_RDLCK);
  ::fcntl(descriptor_, F_OFD_SETLK, &range);
}

SharedLock::~SharedLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool SharedLock::is_held(const std::string& path) noexcept {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return errno != ENOENT;
  struct flock range = whole_file(F_WRLCK);
  const bool is_free = ::fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type == F_UNLCK;
  ::close(descriptor);
  return !is_free;
}

}  // namespace fullbase::store
