// The work folder of a run: gone with it, unless it has finished steps for the next.
#pragma once

#include <string>

#include "comm/communicator.hpp"
#include "store/publish.hpp"

namespace fullbase::runtime {

/// Clears the work folder of a run that fails but for what the next one can go on from.
class Scaffold {
 public:
  /// Collective. `fresh`: nothing of a run before is kept.
  Scaffold(comm::Communicator& communicator, const std::string& output, bool fresh)
      : communicator_(communicator), folder_(communicator, output, fresh) {}
  ~Scaffold() {
    // Other ranks may be in any state, so this is no collective.
    if (!removed_ && communicator_.is_root()) folder_.leave();
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
