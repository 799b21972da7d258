// The work folder of a run, gone with it.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include "comm/communicator.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {

/// Removes the work folder of a run that fails: what is in it would be of no use to the next one.
class Scaffold {
 public:
  /// Collective.
  Scaffold(comm::Communicator& communicator, const std::string& output)
      : communicator_(communicator), folder_(communicator, output) {}
  ~Scaffold() {
    if (removed_ || !communicator_.is_root()) return;
    // Other ranks may be in any state, so this is no collective; what cannot be removed, the next run removes.
    std::error_code ignored;
    std::filesystem::remove_all(folder_.path(), ignored);
  }
  Scaffold(const Scaffold&) = delete;
  Scaffold& operator=(const Scaffold&) = delete;

  const store::WorkFolder& folder() const noexcept { return folder_; }
  /// Collective.
  void remove() {
    removed_ = true;
    folder_.remove(communicator_);
  }

 private:
  comm::Communicator& communicator_;
  store::WorkFolder folder_;
  bool removed_ = false;
};

}  // namespace fullbase::runtime
