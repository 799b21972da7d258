// A look at HDF5 files that others made, or that a disk has altered, in a process that may crash of them.
#pragma once

#include <string>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// What the program must do before anything else when its first argument is this: `return look(argv[2], argv[3])`.
inline constexpr const char* probe_command = "probe-file";

/// From here on probe_file() looks; this program knows `probe_command`. In others, such as tests, it does nothing.
void enable_probe() noexcept;

/// Starts this program anew (posix_spawn, no shell; not as a rank) to do what reading `table` of the file, or all its tables
/// where `table` is empty, will do (store::walk_structure): HDF5 1.10.8 crashes on some files that are made for it. Returns when
/// that went well, or when the file is none of HDF5's or not there, which whoever opens it is told. Throws an input error if the
/// process crashed, computed for more than 40 s, or took more than half of this machine's memory; an io error if it was killed,
/// or takes more than 50 s for another reason; `stopped` (parallel/stop.hpp) if this process is asked to stop, within the tenth
/// of a second. Not collective; a file in one state is looked at once by a process. Cost: some 30 ms, and the file's structure
/// read once.
void probe_file(const std::string& path, const std::string& table = {});
/// The same of all files of a store, by one process: of what is ours only the structure can do harm (store::walk_objects).
/// The error names the first file that does.
void probe_store(const std::string& folder);
/// Collective: the same by rank 0 for all ranks.
void probe_file(comm::Communicator& communicator, const std::string& path, const std::string& table = {});
void probe_store(comm::Communicator& communicator, const std::string& folder);

/// The other side: exit code of the process that looks. Ends itself when the one that started it does.
int look(const std::string& path, const std::string& table);

}  // namespace fullbase::runtime
