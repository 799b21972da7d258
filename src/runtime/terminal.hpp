// The terminal that a person watches, if there is one.
#pragma once

#include <string_view>

#include "runtime/descriptor.hpp"

namespace fullbase::runtime {

/// Where a progress bar can be drawn: standard error if it is a terminal; otherwise (mpirun hands the ranks pipes) the
/// controlling terminal, while the launcher is in its foreground.
class Terminal {
 public:
  Terminal();
  /// True while somebody may be looking: asked before every drawing, since a job can be sent to the background.
  bool visible() const noexcept;
  /// Characters in a line.
  int width() const noexcept;
  void write(std::string_view text) const noexcept;

 private:
  int descriptor_ = -1;
  Descriptor controlling_;
};

}  // namespace fullbase::runtime
