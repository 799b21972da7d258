// How fast this machine does the elementary work that forecasts are counted in.
#pragma once

#include <string>

namespace fullbase::operations {

/// Seconds and bytes a second; of one core where nothing else is said.
struct MachinePace {
  std::string host;
  int cpus = 1;                     ///< of the machine, as many as it lets a process use
  double value_seconds = 0;         ///< a value of a table read, checked against its block's checksum and looked at
  double keyed_row_seconds = 0;     ///< a row brought to its group
  double multiply_add_seconds = 0;  ///< of a kernel on the machine's instruction set
  double digested_bytes = 0;        ///< a second, SHA-256
  double written_bytes = 0;         ///< a second and machine, to the output's folder, until they are safe
  double sync_seconds = 0;          ///< until a small file is safe there
  double sent_bytes = 0;            ///< a second and machine between ranks; copied memory where ranks share a machine
};

/// Measures it: about 0.3 s of one core, 16 MiB written to `folder` and removed again (nowhere, if it is empty or nothing can be
/// written there: then a disk of 200 MB/s is assumed). A busy machine looks slow.
MachinePace measure_pace(const std::string& folder);

/// As a JSON file, so that the pace of a compute node can be told where jobs are planned. read_pace() throws an io or input error
/// for a file that is none.
void write_pace(const MachinePace& pace, const std::string& path);
MachinePace read_pace(const std::string& path);

}  // namespace fullbase::operations
