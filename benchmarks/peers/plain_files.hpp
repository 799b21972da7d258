// What our sides of the comparisons share: values in plain files, a run of all ranks.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/spill.hpp"

namespace fullbase::peers {

template <class T>
std::int64_t value_count(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw base::io_error("cannot open", path);
  return static_cast<std::int64_t>(file.tellg()) / static_cast<std::int64_t>(sizeof(T));
}

template <class T>
std::vector<T> read_values(const std::string& path, std::int64_t first, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(first * static_cast<std::int64_t>(sizeof(T))));
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file) throw base::io_error("cannot read as many values as expected", path);
  return values;
}

template <class T>
void write_values(const std::string& path, std::span<const T> values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  if (!file.flush()) throw base::io_error("cannot write", path);
}

class NoSpill : public data::Spill {
  std::unique_ptr<data::SpillFile> open(std::string_view) override { throw base::internal_error("the rows fit in memory"); }
};

inline int main_of(int argc, char** argv, const std::function<void(comm::Communicator&, const std::vector<std::string>&)>& run) {
  comm::MpiSession session(argc, argv);
  try {
    run(session.world(), {argv + 1, argv + argc});
  } catch (...) {
    const auto error = base::current_error();
    fmt::print(stderr, "{}\n", error.what());
    session.abort(error.exit_code());
  }
  return 0;
}

}  // namespace fullbase::peers
