// The state of an unfinished computation, as arrays by name: what a checkpoint holds. Any number of ranks reads what another
// number has written.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/block.hpp"
#include "base/contract.hpp"

namespace fullbase::data {

/// What an array of a state is made of. Values keep their bits.
enum class StateType : std::uint8_t { byte, int32, int64, float32, float64 };

template <class T>
concept Storable = std::same_as<T, std::uint8_t> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t> ||
    std::same_as<T, float> || std::same_as<T, double>;

template <Storable T>
constexpr StateType state_type() {
  if constexpr (std::same_as<T, std::uint8_t>) return StateType::byte;
  if constexpr (std::same_as<T, std::int32_t>) return StateType::int32;
  if constexpr (std::same_as<T, std::int64_t>) return StateType::int64;
  if constexpr (std::same_as<T, float>) return StateType::float32;
  if constexpr (std::same_as<T, double>) return StateType::float64;
}

/// Bytes of a value.
constexpr std::int64_t state_type_bytes(StateType type) {
  if (type == StateType::byte) return 1;
  return type == StateType::int32 || type == StateType::float32 ? 4 : 8;
}

/// An array over all ranks.
struct StateArray {
  std::string name;
  StateType type = StateType::byte;
  std::int64_t rows = 0;
  std::int64_t width = 1;  ///< values of a row

  std::int64_t bytes() const noexcept { return rows * width * state_type_bytes(type); }
  friend bool operator==(const StateArray&, const StateArray&) = default;
};

/// Takes the arrays of a state. Every rank gives the same names, types and sizes in the same order; none of it communicates.
class StateWriter {
 public:
  virtual ~StateWriter() = default;
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  /// What every rank has alike.
  template <Storable T>
  void put(std::string_view name, std::span<const T> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    write({std::string(name), state_type<T>(), count, 1}, everywhere, std::as_bytes(values));
  }
  template <Storable T>
  void put(std::string_view name, const std::vector<T>& values) {
    put(name, std::span(values));
  }
  template <Storable T>
  void put_value(std::string_view name, T value) {
    put(name, std::span<const T>(&value, 1));
  }
  void put_text(std::string_view name, std::string_view text) {
    put(name, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }

  /// An array of `rows` rows over all ranks, of which this rank has `local`, row by row. What the ranks have covers every row,
  /// and none twice.
  template <Storable T>
  void put_rows(std::string_view name, std::int64_t rows, std::int64_t width, base::RowRange local, std::span<const T> values) {
    write({std::string(name), state_type<T>(), rows, width}, local, std::as_bytes(values));
  }
  template <Storable T>
  void put_rows(std::string_view name, std::int64_t rows, std::int64_t width, base::RowRange local,
                const std::vector<T>& values) {
    put_rows(name, rows, width, local, std::span(values));
  }

 protected:
  /// Stands for all rows, which every rank has.
  static constexpr base::RowRange everywhere{-1, -1};

  StateWriter() = default;
  virtual void write(const StateArray& array, base::RowRange local, std::span<const std::byte> bytes) = 0;
};

/// Gives them back. Each rank reads for itself; none of it communicates. Throws an internal error for an array that the state
/// does not have so, and what reading throws.
class StateReader {
 public:
  virtual ~StateReader() = default;
  StateReader(const StateReader&) = delete;
  StateReader& operator=(const StateReader&) = delete;

  virtual bool has(std::string_view name) const = 0;
  /// Rows of an array over all ranks.
  virtual std::int64_t rows(std::string_view name) const = 0;

  template <Storable T>
  std::vector<T> get(std::string_view name) const {
    return get_rows<T>(name, 1, {0, rows(name)});
  }
  template <Storable T>
  T value(std::string_view name) const {
    return get_rows<T>(name, 1, {0, 1}).front();
  }
  std::string text(std::string_view name) const {
    const auto bytes = get<std::uint8_t>(name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// The rows `wanted` of an array that has `width` values a row.
  template <Storable T>
  std::vector<T> get_rows(std::string_view name, std::int64_t width, base::RowRange wanted) const {
    std::vector<T> values(static_cast<std::size_t>(wanted.size() * width));
    get_rows_into(name, width, wanted, std::span(values));
    return values;
  }
  /// The same where they are to be; `values` has room for just them.
  template <Storable T>
  void get_rows_into(std::string_view name, std::int64_t width, base::RowRange wanted, std::span<T> values) const {
    FULLBASE_EXPECTS(static_cast<std::int64_t>(values.size()) == wanted.size() * width, "there is room for the rows");
    read(name, state_type<T>(), width, wanted, std::as_writable_bytes(values));
  }

 protected:
  StateReader() = default;
  virtual void read(std::string_view name, StateType type, std::int64_t width, base::RowRange wanted,
                    std::span<std::byte> bytes) const = 0;
};

/// Puts the state of a computation. Called on every rank; may be called more than once, and then puts the same.
using SaveState = std::function<void(StateWriter& writer)>;

}  // namespace fullbase::data
