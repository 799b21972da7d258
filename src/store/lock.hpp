// A lock on a file name that dies with its owner: one run at a time on an output or a store.
#pragma once

#include <string>

namespace fullbase::store {

/// Holds an exclusive fcntl (open file description) lock on `path`, a file that is made for it and removed with the lock.
class FileLock {
 public:
  /// Throws an io error "<what> is locked by another run (process 17 on node3)" if somebody holds it.
  FileLock(std::string path, const std::string& what);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace fullbase::store
