// POSIX files: whole reads and writes at a position, and replacing a file so that a crash leaves the old or the new one.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::store {

/// Which file a path leads to, and which state of it.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;  ///< since 1970-01-01 UTC

  friend bool operator==(const FileState&, const FileState&) = default;
};

/// An open file. read_at() and write_at() are safe from several threads at once.
class File {
 public:
  File() = default;
  /// Throws an input error if the file is not there or no regular file (a pipe is not waited for), an io error for anything else.
  /// `missing_advice`: what to do about a file that is not there.
  static File open_read(const std::string& path, const char* missing_advice = default_missing_advice);
  static File open_write(const std::string& path);
  /// A new file, or an existing one cut to 0 bytes, with exactly these access rights.
  static File create(const std::string& path, unsigned mode = 0600);
  /// Takes a descriptor; `path` is for messages.
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const noexcept { return path_; }
  int descriptor() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }

  std::int64_t size() const;
  FileState state() const;
  /// Whether the path still leads to this file, and the file is in this state. False too if that cannot be told.
  bool is_still(const FileState& state) const noexcept;
  /// As many of `bytes` as there are before the end of the file; how many.
  std::size_t read_some(std::int64_t offset, std::span<std::byte> bytes) const;
  /// All of `bytes`; the file ending before them is an input error ("is truncated").
  void read_at(std::int64_t offset, std::span<std::byte> bytes) const;
  void write_at(std::int64_t offset, std::span<const std::byte> bytes) const;
  /// Takes disk space for `bytes` bytes from `offset` on; a full disk is an io error that says how much was wanted.
  void reserve(std::int64_t offset, std::int64_t bytes) const;
  /// Asks the system to begin bringing these bytes to disk, so that a later sync() waits for less. Promises nothing.
  void begin_sync(std::int64_t offset, std::int64_t bytes) const noexcept;
  /// fsync.
  void sync() const;
  /// Closes now and reports what close() says.
  void close();

  static constexpr const char* default_missing_advice = "check the path, and whether the step or import that makes it has run";

 private:
  struct stat status() const;
  int descriptor_ = -1;
  std::string path_;
};

/// A file that is opened several times, and has to be the same one each time.
class StandingFile {
 public:
  /// The file as it is now. Errors as File::open_read().
  explicit StandingFile(const std::string& path);
  const std::string& path() const noexcept { return path_; }
  /// Throws an io error, for another try may find it whole, if another file is there now, or this one has been written to. Asked
  /// after the path was opened it answers for what was opened.
  void require_unchanged() const;

 private:
  std::string path_;
  FileState state_;
};

/// The folder part of a path; "." if it has none.
std::string folder_of(const std::string& path);
/// fsync of a folder, so that a new or renamed entry lasts.
void sync_folder(const std::string& folder);
/// rename(2), then fsync of the folder.
void rename_durably(const std::string& from, const std::string& to);
/// Makes a folder and those above it, mode 0700 less the umask for those that are new, durably.
void make_folders(const std::string& folder);
/// Names in a folder, sorted.
std::vector<std::string> list_folder(const std::string& folder);
/// Whether a symbolic link stands there.
bool is_link(const std::string& path) noexcept;
bool is_folder(const std::string& path) noexcept;
/// Whether something stands there, links followed. Where that cannot be told, for lack of access, throws: an account that may not
/// look must not take what is there for missing.
bool is_present(const std::string& path);
/// Removes a file; one that is not there is fine.
void remove_file(const std::string& path);

std::string read_text(const std::string& path);
/// Writes a new file, or an existing one anew, and fsyncs it. Nothing is left of it on an error.
void write_text(const std::string& path, std::string_view text, unsigned mode = 0600);
/// Writes `<path>.new`, fsyncs it, renames it to `path`, fsyncs the folder.
void replace_text(const std::string& path, std::string_view text, unsigned mode = 0600);
/// SHA-256 of a file's content, in hexadecimal. Reads it once; a stop that is asked for ends it (parallel/stop.hpp).
std::string file_sha256(const std::string& path);

}  // namespace fullbase::store
