#include "store/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "parallel/stop.hpp"

namespace fullbase::store {
namespace {

// Linux moves at most 2^31 - 4096 bytes a call.
constexpr std::size_t most_bytes_a_call = std::size_t{1} << 30;

enum class Access { reading, writing };

[[noreturn]] void fail(std::string_view action, int number, const std::string& path, Access access = Access::writing) {
  if (number == EACCES || number == EPERM || number == EROFS) {
    const bool reads = access == Access::reading;
    throw base::system_error(action, number, path,
                             reads ? "check who may read it and enter its folder" : "check who may write there");
  }
  throw base::system_error(action, number, path);
}

int open_or_throw(const std::string& path, int flags, mode_t mode, const char* action,
                  const char* missing_advice = File::default_missing_advice) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor >= 0) return descriptor;
    if (errno == EINTR) continue;
    if ((errno == ENOENT || errno == ENOTDIR) && (flags & O_CREAT) == 0) {
      throw base::input_error("there is no such file", path, missing_advice);
    }
    fail(action, errno, path, (flags & O_ACCMODE) == O_RDONLY ? Access::reading : Access::writing);
  }
}

FileState state_of(const struct stat& status) noexcept {
  return {status.st_dev, status.st_ino, status.st_size,
          static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace

File File::open_read(const std::string& path, const char* missing_advice) {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  File file(open_or_throw(path, O_RDONLY | O_NONBLOCK, 0, "open the file", missing_advice), path);
  const struct stat status = file.status();
  if (S_ISDIR(status.st_mode)) throw base::input_error("is a folder where a file is wanted", path);
  if (!S_ISREG(status.st_mode)) {
    throw base::input_error("is not a regular file", path, "write a pipe's or device's data into a file first");
  }
  return file;
}

File File::open_write(const std::string& path) {
  return File(open_or_throw(path, O_RDWR, 0, "open the file for writing"), path);
}

File File::create(const std::string& path, unsigned mode) {
  File file(open_or_throw(path, O_RDWR | O_CREAT | O_TRUNC, 0600, "make the file"), path);
  if (::fchmod(file.descriptor_, static_cast<mode_t>(mode)) != 0) fail("set the access rights of the file", errno, path);
  return file;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

struct stat File::status() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("look at the file", errno, path_);
  return status;
}

std::int64_t File::size() const {
  return status().st_size;
}

FileState File::state() const {
  return state_of(status());
}

bool File::is_still(const FileState& state) const noexcept {
  struct stat here {};
  struct stat there {};
  return ::fstat(descriptor_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 && state_of(here) == state &&
         state_of(there) == state;
}

std::size_t File::read_some(std::int64_t offset, std::span<std::byte> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto rest = bytes.subspan(done);
    const std::int64_t at = offset + static_cast<std::int64_t>(done);
    const auto got = ::pread(descriptor_, rest.data(), std::min(rest.size(), most_bytes_a_call), at);
    if (got < 0) {
      if (errno == EINTR) continue;
      fail(fmt::format("read {} bytes at byte {}", rest.size(), at), errno, path_);
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void File::read_at(std::int64_t offset, std::span<std::byte> bytes) const {
  const std::size_t done = read_some(offset, bytes);
  if (done == bytes.size()) return;
  throw base::input_error(
      fmt::format("is truncated: {} bytes are missing at byte {}", bytes.size() - done, offset + static_cast<std::int64_t>(done)),
      path_, "make it again");
}

void File::write_at(std::int64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto put = ::pwrite(descriptor_, bytes.data(), std::min(bytes.size(), most_bytes_a_call), offset);
    if (put < 0) {
      if (errno == EINTR) continue;
      fail(fmt::format("write {} bytes at byte {}", bytes.size(), offset), errno, path_);
    }
    offset += put;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void File::reserve(std::int64_t offset, std::int64_t bytes) const {
  if (bytes <= 0) return;
  int status = EINTR;
  while (status == EINTR) status = ::posix_fallocate(descriptor_, offset, bytes);
  if (status != 0) fail(fmt::format("reserve {} of disk space", base::format_bytes(bytes)), status, path_);
}

void File::begin_sync(std::int64_t offset, std::int64_t bytes) const noexcept {
  ::sync_file_range(descriptor_, offset, bytes, SYNC_FILE_RANGE_WRITE);
}

void File::sync() const {
  if (::fsync(descriptor_) != 0) fail("bring the file to disk (fsync)", errno, path_);
}

void File::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) fail("close the file", errno, path_);
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

void sync_folder(const std::string& folder) {
  const File file(open_or_throw(folder, O_RDONLY | O_DIRECTORY, 0, "open the folder"), folder);
  // Some network file systems cannot fsync a folder and say EINVAL: there the rename itself is what lasts.
  if (::fsync(file.descriptor()) != 0 && errno != EINVAL) fail("bring the folder to disk (fsync)", errno, folder);
}

void rename_durably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail(fmt::format("rename it to {}", to), errno, from);
  sync_folder(folder_of(to));
}

void make_folders(const std::string& folder) {
  const std::filesystem::path path(folder);
  if (path.empty() || is_folder(folder)) return;
  if (path.has_parent_path() && path.parent_path() != path) make_folders(path.parent_path().string());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("make the folder", errno, folder);
  if (!is_folder(folder)) throw base::io_error("is no folder", folder, "remove it, or choose another path");
  // "a/b/" has the parent "a/b".
  sync_folder(folder_of(path.has_filename() ? folder : path.parent_path().string()));
}

std::vector<std::string> list_folder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  std::filesystem::directory_iterator entries(folder, code);
  for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code)) {
    names.push_back(entries->path().filename().string());
  }
  if (code) fail("list the folder", code.value(), folder, Access::reading);
  std::sort(names.begin(), names.end());
  return names;
}

bool is_link(const std::string& path) noexcept {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

bool is_folder(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_present(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  fail("look for it", errno, path, Access::reading);
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("remove the file", errno, path);
}

std::string read_text(const std::string& path) {
  const File file = File::open_read(path);
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

void write_text(const std::string& path, std::string_view text, unsigned mode) {
  File file = File::create(path, mode);
  try {
    file.write_at(0, std::as_bytes(std::span(text)));
    file.sync();
    file.close();
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

void replace_text(const std::string& path, std::string_view text, unsigned mode) {
  const std::string fresh = path + ".new";
  write_text(fresh, text, mode);
  try {
    rename_durably(fresh, path);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

StandingFile::StandingFile(const std::string& path) : path_(path), state_(File::open_read(path).state()) {}

void StandingFile::require_unchanged() const {
  auto now = File::open_read(path_).state();
  now.device = state_.device;  // a network share that was mounted again has another number
  if (now != state_)
    throw base::io_error("is not what it was when the job was checked", path_,
                         "another run has published there, or the file was written to; run the job again");
}

std::string file_sha256(const std::string& path) {
  const File file = File::open_read(path);
  const std::int64_t size = file.size();
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  base::Sha256 hash;
  for (std::int64_t offset = 0; offset < size;) {
    const auto count = std::min<std::int64_t>(static_cast<std::int64_t>(buffer.size()), size - offset);
    const auto part = std::span(buffer).first(static_cast<std::size_t>(count));
    file.read_at(offset, part);
    hash.add(part);
    offset += count;
    parallel::stop_point();
  }
  const auto value = hash.finish();
  return base::hex(value);
}

}  // namespace fullbase::store
