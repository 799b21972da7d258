// A run of values of one column, in memory.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "data/dictionary.hpp"
#include "data/schema.hpp"
#include "data/strings.hpp"

namespace fullbase::data {

inline constexpr std::int64_t missing_int64 = std::numeric_limits<std::int64_t>::min();  ///< decimal, timestamp
inline constexpr std::int32_t missing_date = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int32_t missing_code = -1;
/// The one NaN pattern of results.
inline constexpr double missing_float64 = std::numeric_limits<double>::quiet_NaN();
inline constexpr float missing_float32 = std::numeric_limits<float>::quiet_NaN();

/// Values as the type says (see Type): int64, decimal, timestamp as int64; category, date as int32; float64; float32; boolean as
/// uint8; string as Strings. int64, boolean and string keep missing values in a mask; the others have a missing value of their
/// own.
class Column {
 public:
  using Values = std::variant<std::vector<std::int64_t>, std::vector<std::int32_t>, std::vector<double>, std::vector<float>,
                              std::vector<std::uint8_t>, Strings>;

  Column() = default;
  /// `rows` values of 0 (strings: none yet; append them).
  Column(Field field, std::int64_t rows, DictionaryPointer dictionary = nullptr);
  /// Takes `values`, whose alternative must be the one that the type has.
  Column(Field field, Values values, std::vector<std::uint8_t> missing = {}, DictionaryPointer dictionary = nullptr);

  const Field& field() const noexcept { return field_; }
  std::int64_t rows() const noexcept;

  /// Typed access; asking for another representation than the type's breaks a contract.
  std::span<const std::int64_t> int64s() const { return get<std::vector<std::int64_t>>(); }
  std::span<const std::int32_t> int32s() const { return get<std::vector<std::int32_t>>(); }
  std::span<const double> float64s() const { return get<std::vector<double>>(); }
  std::span<const float> float32s() const { return get<std::vector<float>>(); }
  std::span<const std::uint8_t> bools() const { return get<std::vector<std::uint8_t>>(); }
  const Strings& strings() const { return get<Strings>(); }

  std::span<std::int64_t> int64s() { return get<std::vector<std::int64_t>>(); }
  std::span<std::int32_t> int32s() { return get<std::vector<std::int32_t>>(); }
  std::span<double> float64s() { return get<std::vector<double>>(); }
  std::span<float> float32s() { return get<std::vector<float>>(); }
  std::span<std::uint8_t> bools() { return get<std::vector<std::uint8_t>>(); }
  Strings& strings() { return get<Strings>(); }

  const Values& values() const noexcept { return values_; }
  Values& values() noexcept { return values_; }

  /// 1 = missing, one byte a row; empty where no value of this run is missing or the type has a missing value of its own.
  const std::vector<std::uint8_t>& mask() const noexcept { return mask_; }
  std::vector<std::uint8_t>& mask() noexcept { return mask_; }

  /// Categories; null for every other type.
  const DictionaryPointer& dictionary() const noexcept { return dictionary_; }

  bool is_missing(std::int64_t row) const;
  /// The value as a double; NaN if missing. Decimals are divided by their scale and rounded once. Not for category and string.
  double number(std::int64_t row) const;
  /// The text of a string or category value; "" if missing.
  std::string_view text(std::int64_t row) const;

  /// Appends row `row` of `other`, a column of an equal field and the same dictionary.
  void append_from(const Column& other, std::int64_t row);
  /// Appends rows [first, last) of `other`.
  void append_from(const Column& other, std::int64_t first, std::int64_t last);

  /// Bytes held: values, mask, strings.
  std::int64_t bytes() const noexcept;

 private:
  template <class T>
  const T& get() const;
  template <class T>
  T& get();

  Field field_;
  Values values_;
  std::vector<std::uint8_t> mask_;
  DictionaryPointer dictionary_;
};

/// Bytes of one value in memory and on disk; 0 for strings.
std::int64_t value_bytes(Type type) noexcept;
/// Types whose missing values live in a mask.
constexpr bool has_mask(Type type) noexcept {
  return type == Type::int64 || type == Type::boolean || type == Type::string;
}

}  // namespace fullbase::data
