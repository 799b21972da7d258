// Spill files in a folder of the file system.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "data/spill.hpp"

namespace fullbase::store {

/// Files without a name, or unlinked as soon as they are open where the file system cannot make nameless ones: nothing is left
/// of them when the process ends, however it ends. Errors: io, with the purpose and the folder; a full disk says so.
class FileSpill final : public data::Spill {
 public:
  /// `folder` is there; for a job, WorkFolder::spill() or node-local disk.
  explicit FileSpill(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<data::SpillFile> open(std::string_view purpose) override;

 private:
  std::string folder_;
};

}  // namespace fullbase::store
