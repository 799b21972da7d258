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
/// From here on large blocks (4 MiB and more) go back to the system as they are freed. Left to itself glibc learns from such
/// blocks to keep them: a step's peak then stands a third above what it holds, and differs from run to run.
void give_back_large_blocks() noexcept;
/// Most bytes of memory that this process has held so far (VmHWM: page cache does not count).
std::int64_t peak_memory();

}  // namespace fullbase::runtime
