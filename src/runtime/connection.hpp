// Short framed messages over a TCP socket, without waiting: what watchdogs say to each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/descriptor.hpp"

namespace fullbase::runtime {

struct Frame {
  char type = 0;
  std::string body;
};

/// One end of a stream of frames: a type byte, the body's length in four bytes, the body. Never blocks: what the socket does not
/// take stays in a buffer until the next flush().
class Connection {
 public:
  /// Frames with a longer body end the connection: only a stranger sends them.
  static constexpr std::size_t longest_body = std::size_t{1} << 16;

  Connection() = default;
  explicit Connection(Descriptor socket);

  int descriptor() const noexcept { return socket_.number(); }
  bool open() const noexcept { return static_cast<bool>(socket_); }
  bool wants_to_write() const noexcept { return !outgoing_.empty(); }
  void close() noexcept { socket_.reset(); }

  /// Queues a frame (its body cut to longest_body) and sends what goes at once.
  void send(char type, std::string_view body = {});
  /// Sends what is queued, or drops it if the other side is gone, which receive() then tells.
  void flush();
  /// Everything that has arrived in whole frames; closes the connection on its end or an error.
  std::vector<Frame> receive();

 private:
  Descriptor socket_;
  std::string incoming_;
  std::string outgoing_;
};

/// A listening TCP socket on a free port of all addresses, IPv4 and, where the machine has it, IPv6.
struct Listener {
  Descriptor socket;
  std::uint16_t port = 0;
};
Listener listen_anywhere();

/// Addresses of this machine that another may reach, the loopback ones left out, as text.
std::vector<std::string> own_addresses();

/// A connected socket, or an empty one: tries each address for at most `milliseconds`.
Descriptor connect_to(const std::vector<std::string>& addresses, std::uint16_t port, int milliseconds);

}  // namespace fullbase::runtime
