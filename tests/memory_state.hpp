// States of computations that are kept in memory, written by ranks that are threads.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "data/state.hpp"

namespace fullbase::testing {

class MemoryState final : public data::StateReader {
 public:
  bool has(std::string_view name) const override { return arrays_.contains(std::string(name)); }
  std::int64_t rows(std::string_view name) const override { return at(name).array.rows; }

  /// Any rank's arrays, by whichever thread.
  void write(const data::StateArray& array, base::RowRange local, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    auto& [known, values] = arrays_[array.name];
    known = array;
    values.resize(static_cast<std::size_t>(array.bytes()));
    const auto first = local.first < 0 ? 0 : local.first * array.width * data::state_type_bytes(array.type);
    if (static_cast<std::size_t>(first) + bytes.size() > values.size()) throw base::internal_error("more rows than there are");
    std::ranges::copy(bytes, values.begin() + first);
  }

  void read(std::string_view name, data::StateType type, std::int64_t width, base::RowRange wanted,
            std::span<std::byte> bytes) const override {
    const auto& [array, values] = at(name);
    if (array.type != type || array.width != width) throw base::internal_error(array.name + " is of another kind");
    const auto row_bytes = static_cast<std::size_t>(width * data::state_type_bytes(type));
    std::ranges::copy(std::span(values).subspan(static_cast<std::size_t>(wanted.first) * row_bytes, bytes.size()), bytes.begin());
  }

 private:
  struct Array {
    data::StateArray array;
    std::vector<std::byte> values;
  };
  const Array& at(std::string_view name) const {
    const auto found = arrays_.find(std::string(name));
    if (found == arrays_.end()) throw base::internal_error("no array " + std::string(name));
    return found->second;
  }

  std::mutex mutex_;
  std::map<std::string, Array> arrays_;
};

/// A state that others own.
class BorrowedState final : public data::StateReader {
 public:
  explicit BorrowedState(const MemoryState& state) : state_(state) {}
  bool has(std::string_view name) const override { return state_.has(name); }
  std::int64_t rows(std::string_view name) const override { return state_.rows(name); }

 protected:
  void read(std::string_view name, data::StateType type, std::int64_t width, base::RowRange wanted,
            std::span<std::byte> bytes) const override {
    state_.read(name, type, width, wanted, bytes);
  }

 private:
  const MemoryState& state_;
};

class MemoryStateWriter final : public data::StateWriter {
 public:
  explicit MemoryStateWriter(MemoryState& state) : state_(state) {}

 protected:
  void write(const data::StateArray& array, base::RowRange local, std::span<const std::byte> bytes) override {
    state_.write(array, local, bytes);
  }

 private:
  MemoryState& state_;
};

/// Collective. Adds a state to those that all ranks share.
inline void keep_state(comm::Communicator& communicator, std::deque<MemoryState>& states, const data::SaveState& save) {
  if (communicator.is_root()) states.emplace_back();
  communicator.barrier();
  MemoryStateWriter writer(states.back());
  save(writer);
  communicator.barrier();
}

/// States that a fit adds to after each of its rounds, or one that it goes on from; neither where nothing is broken off.
struct Interruption {
  std::deque<MemoryState>* states = nullptr;
  const MemoryState* resume = nullptr;
};

}  // namespace fullbase::testing
