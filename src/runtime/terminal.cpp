#include "runtime/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fullbase::runtime {

Terminal::Terminal() {
  if (isatty(STDERR_FILENO) == 1) {
    descriptor_ = STDERR_FILENO;
    return;
  }
  controlling_ = Descriptor(::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC));
  descriptor_ = controlling_.number();
}

bool Terminal::visible() const noexcept {
  if (descriptor_ < 0) return false;
  const pid_t foreground = tcgetpgrp(descriptor_);
  // A launcher puts each rank into a process group of its own; it is the launcher's that the shell knows.
  return foreground > 0 && (foreground == getpgrp() || foreground == getpgid(getppid()));
}

int Terminal::width() const noexcept {
  winsize size = {};
  if (descriptor_ < 0 || ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Terminal::write(std::string_view text) const noexcept {
  if (descriptor_ < 0) return;
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written <= 0) return;  // a bar that cannot be drawn is no reason to stop
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace fullbase::runtime
