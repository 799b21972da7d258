// What this process is and has used.
#pragma once

#include <cstdint>
#include <string>

namespace fullbase::runtime {

/// "0.1.0".
std::string version();
/// Compiler and build type: "g++ 12.2.0, Release".
std::string build();
/// SHA-256 of this executable: results are a function of it. Cost: one read of the file.
std::string executable_sha256();
/// Name of this machine.
std::string host_name();
/// Most bytes of memory that this process has held so far (VmHWM: page cache does not count).
std::int64_t peak_memory();

}  // namespace fullbase::runtime
