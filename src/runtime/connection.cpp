#include "runtime/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/error.hpp"

namespace fullbase::runtime {
namespace {

constexpr std::size_t header_bytes = 5;
constexpr int most_reads = 32;  ///< at a time, of 4 KiB

void put_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((length >> shift) & 0xff));
}

std::size_t get_length(const char* bytes) {
  std::size_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

void without_waiting(int descriptor) {
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// sockaddr of either family behind one pointer.
union Address {
  sockaddr any;
  sockaddr_in four;
  sockaddr_in6 six;
};

bool parse_address(const std::string& text, std::uint16_t port, Address& address, socklen_t& length) {
  std::memset(&address, 0, sizeof address);
  if (inet_pton(AF_INET, text.c_str(), &address.four.sin_addr) == 1) {
    address.four.sin_family = AF_INET;
    address.four.sin_port = htons(port);
    length = sizeof address.four;
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &address.six.sin6_addr) == 1) {
    address.six.sin6_family = AF_INET6;
    address.six.sin6_port = htons(port);
    length = sizeof address.six;
    return true;
  }
  return false;
}

Descriptor connect_to(const std::string& text, std::uint16_t port, int milliseconds) {
  Address address;
  socklen_t length = 0;
  if (!parse_address(text, port, address, length)) return {};
  Descriptor socket(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return {};
  if (::connect(socket.number(), &address.any, length) == 0) return socket;
  if (errno != EINPROGRESS) return {};
  pollfd waiting{socket.number(), POLLOUT, 0};
  if (::poll(&waiting, 1, milliseconds) != 1) return {};
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return {};
  return socket;
}

}  // namespace

Connection::Connection(Descriptor socket) : socket_(std::move(socket)) {
  if (socket_) without_waiting(socket_.number());
}

void Connection::send(char type, std::string_view body) {
  if (!open()) return;
  body = body.substr(0, longest_body);
  outgoing_.push_back(type);
  put_length(outgoing_, body.size());
  outgoing_.append(body);
  flush();
}

void Connection::flush() {
  while (open() && !outgoing_.empty()) {
    const auto sent = ::send(socket_.number(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      outgoing_.erase(0, static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno == EINTR) {
      continue;
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return;
    } else {
      outgoing_.clear();  // what the other side said before it went is still to be received, and then its end
    }
  }
}

std::vector<Frame> Connection::receive() {
  std::vector<Frame> frames;
  bool ended = false;
  // Who sends without end does not keep others waiting.
  for (int times = 0; times < most_reads && open() && !ended; ++times) {
    char buffer[4096];
    const auto got = ::recv(socket_.number(), buffer, sizeof buffer, 0);
    if (got > 0) {
      incoming_.append(buffer, static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      ended = got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
      break;
    }
  }
  std::size_t at = 0;
  while (incoming_.size() - at >= header_bytes) {
    const auto length = get_length(incoming_.data() + at + 1);
    if (length > longest_body) {
      ended = true;
      break;
    }
    if (incoming_.size() - at < header_bytes + length) break;
    frames.push_back({incoming_[at], incoming_.substr(at + header_bytes, length)});
    at += header_bytes + length;
  }
  incoming_.erase(0, at);
  if (ended) close();
  return frames;
}

Listener listen_anywhere() {
  for (const int family : {AF_INET6, AF_INET}) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) continue;
    Address address;
    std::memset(&address, 0, sizeof address);
    address.any.sa_family = static_cast<sa_family_t>(family);
    socklen_t length = family == AF_INET6 ? sizeof address.six : sizeof address.four;
    const int off = 0;
    if (family == AF_INET6) setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(socket.number(), &address.any, length) != 0 || ::listen(socket.number(), SOMAXCONN) != 0) continue;
    if (::getsockname(socket.number(), &address.any, &length) != 0) continue;
    const auto port = family == AF_INET6 ? address.six.sin6_port : address.four.sin_port;
    return {std::move(socket), ntohs(port)};
  }
  throw base::system_error("open a socket for the watchdog", errno);
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> four, six;
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(raw, freeifaddrs);
  for (const ifaddrs* one = list.get(); one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0 || (one->ifa_flags & IFF_UP) == 0) continue;
    Address address;
    char text[INET6_ADDRSTRLEN] = {};
    if (one->ifa_addr->sa_family == AF_INET) {
      std::memcpy(&address.four, one->ifa_addr, sizeof address.four);
      if (inet_ntop(AF_INET, &address.four.sin_addr, text, sizeof text) != nullptr) four.emplace_back(text);
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      std::memcpy(&address.six, one->ifa_addr, sizeof address.six);
      if (IN6_IS_ADDR_LINKLOCAL(&address.six.sin6_addr)) continue;  // would need the other side's interface
      if (inet_ntop(AF_INET6, &address.six.sin6_addr, text, sizeof text) != nullptr) six.emplace_back(text);
    }
  }
  four.insert(four.end(), six.begin(), six.end());
  return four;
}

Descriptor connect_to(const std::vector<std::string>& addresses, std::uint16_t port, int milliseconds) {
  for (const auto& address : addresses) {
    if (auto socket = connect_to(address, port, milliseconds)) return socket;
  }
  return {};
}

}  // namespace fullbase::runtime
