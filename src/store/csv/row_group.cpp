#include "store/csv/row_group.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/contract.hpp"

namespace fullbase::store::csv {
namespace {

template <class T>
std::int64_t held(const std::vector<T>& values) noexcept {
  return static_cast<std::int64_t>(values.capacity() * sizeof(T));
}

class Encoder {
 public:
  void put(std::int64_t value) { put_bytes(std::as_bytes(std::span(&value, 1))); }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::int64_t>(values.size()));
    put_bytes(std::as_bytes(std::span(values)));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void put_bytes(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte> bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::int64_t number() {
    std::int64_t value = 0;
    take(&value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> array() {
    std::vector<T> values(static_cast<std::size_t>(number()));
    take(values.data(), values.size() * sizeof(T));
    return values;
  }

 private:
  void take(void* to, std::size_t size) {
    FULLBASE_EXPECTS(size <= bytes_.size(), "an encoded row group is whole");
    if (size > 0) std::memcpy(to, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
  }
  std::span<const std::byte> bytes_;
};

/// The alternative of Values with number `index`, read from `decoder`.
data::Column::Values decode_values(std::int64_t index, Decoder& decoder) {
  switch (index) {
    case 0:
      return decoder.array<std::int64_t>();
    case 1:
      return decoder.array<std::int32_t>();
    case 2:
      return decoder.array<double>();
    case 3:
      return decoder.array<float>();
    case 4:
      return decoder.array<std::uint8_t>();
    default:
      break;
  }
  auto offsets = decoder.array<std::int64_t>();
  return data::Strings(std::move(offsets), decoder.array<char>());
}

void append_texts(data::Strings& to, const data::Strings& from, std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row) to.push_back(from[row]);
}

}  // namespace

std::int64_t RowGroup::bytes() const noexcept {
  std::int64_t sum = 0;
  for (const LocalColumn& column : columns) {
    sum += held(column.mask) + std::visit(
                                   [](const auto& values) {
                                     if constexpr (std::is_same_v<std::decay_t<decltype(values)>, data::Strings>) {
                                       return held(values.offsets()) + held(values.bytes());
                                     } else {
                                       return held(values);
                                     }
                                   },
                                   column.values);
  }
  return sum;
}

std::vector<std::byte> encode(const RowGroup& group) {
  Encoder encoder;
  encoder.put(group.rows);
  encoder.put(static_cast<std::int64_t>(group.columns.size()));
  for (const LocalColumn& column : group.columns) {
    encoder.put(static_cast<std::int64_t>(column.values.index()));
    std::visit(
        [&](const auto& values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(values)>, data::Strings>) {
            encoder.put(values.offsets());
            encoder.put(values.bytes());
          } else {
            encoder.put(values);
          }
        },
        column.values);
    encoder.put(column.mask);
  }
  return encoder.take();
}

RowGroup decode(std::span<const std::byte> bytes) {
  Decoder decoder(bytes);
  RowGroup group;
  group.rows = decoder.number();
  group.columns.resize(static_cast<std::size_t>(decoder.number()));
  for (LocalColumn& column : group.columns) {
    column.values = decode_values(decoder.number(), decoder);
    column.mask = decoder.array<std::uint8_t>();
  }
  return group;
}

void append_rows(LocalColumn& to, std::int64_t rows, const LocalColumn& from, std::int64_t first, std::int64_t last,
                 std::span<const std::int32_t> remap, std::int64_t shift) {
  FULLBASE_EXPECTS(to.values.index() == from.values.index(), "rows are appended to a column of the same type");
  std::visit(
      [&](auto& values) {
        using Values = std::decay_t<decltype(values)>;
        const auto& source = std::get<Values>(from.values);
        if constexpr (std::is_same_v<Values, data::Strings>) {
          append_texts(values, source, first, last);
        } else if constexpr (std::is_same_v<Values, std::vector<std::int32_t>>) {
          if (remap.empty()) {
            values.insert(values.end(), source.begin() + first, source.begin() + last);
          } else {
            for (std::int64_t row = first; row < last; ++row) {
              const std::int32_t code = source[static_cast<std::size_t>(row)];
              values.push_back(code < 0 ? code : remap[static_cast<std::size_t>(code)]);
            }
          }
        } else {
          values.insert(values.end(), source.begin() + first, source.begin() + last);
          if constexpr (std::is_same_v<Values, std::vector<std::int64_t>>) {
            if (shift != 0)
              std::for_each(values.end() - (last - first), values.end(), [&](std::int64_t& value) { value += shift; });
          }
        }
      },
      to.values);
  if (from.mask.empty() && to.mask.empty()) return;
  to.mask.resize(static_cast<std::size_t>(rows), 0);
  if (from.mask.empty()) {
    to.mask.resize(static_cast<std::size_t>(rows + last - first), 0);
  } else {
    to.mask.insert(to.mask.end(), from.mask.begin() + first, from.mask.begin() + last);
  }
}

}  // namespace fullbase::store::csv
