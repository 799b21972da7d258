#include "runtime/process.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "base/hash.hpp"

#ifndef FULLBASE_VERSION
#error "the build sets FULLBASE_VERSION and FULLBASE_BUILD"
#endif

namespace fullbase::runtime {

std::string version() {
  return FULLBASE_VERSION;
}

std::string build() {
  return FULLBASE_BUILD;
}

std::string executable_sha256() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  base::Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.add(std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(file.gcount()))));
  }
  return base::hex(hash.finish());
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

void give_back_large_blocks() noexcept {
  // Setting one of the two keeps glibc from moving either.
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

std::int64_t peak_memory() {
  std::ifstream file("/proc/self/status");
  const std::string key = "VmHWM:";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::strtoll(line.c_str() + key.size(), nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace fullbase::runtime
