// Locks on file names that die with their owners: one run at a time writes an output or a store, any number read a store.
#pragma once

#include <chrono>
#include <string>

namespace fullbase::store {

/// Holds an exclusive fcntl (open file description) lock on `path`, a file that is made for it and removed with the lock.
class FileLock {
 public:
  /// Throws an io error "<what> is locked by another run (process 17 on node3)" if somebody holds it for as long as `patience`.
  FileLock(std::string path, const std::string& what, std::chrono::milliseconds patience = {});
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

/// Holds a shared fcntl (open file description) lock on `path`, a file that is made for it and stays. Never waits and never
/// fails: where the lock cannot be had (no right to write there, a file system without locks) nothing is held.
class SharedLock {
 public:
  explicit SharedLock(const std::string& path) noexcept;
  ~SharedLock();
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

  /// True if anybody holds one, or if that cannot be told.
  static bool is_held(const std::string& path) noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace fullbase::store
