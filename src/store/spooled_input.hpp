// Standard input as a file, so that all ranks and threads can read it, and read it again.
#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator.hpp"
#include "store/store.hpp"

namespace fullbase::store {

/// All that rank 0 reads from standard input, in a file of the store's folder. It is named as a part is: after a crash the next
/// writer of the store removes it.
class SpooledInput {
 public:
  /// Collective; reads to the end of the input, however long that takes, but ends with a request to stop. Throws an input error
  /// for a terminal and for input without any byte, an io error for what cannot be read or written. Memory: 1 MiB. Disk: the
  /// input.
  SpooledInput(comm::Communicator& communicator, StoreWriter& store);
  /// Removes the file, as far as it can.
  ~SpooledInput();
  SpooledInput(const SpooledInput&) = delete;
  SpooledInput& operator=(const SpooledInput&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  bool owner_;
};

}  // namespace fullbase::store
