// A sequence of strings in two arrays: bytes, and where each string ends.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fullbase::data {

class Strings {
 public:
  Strings() = default;
  /// Takes size() + 1 ascending positions, the first 0, and the bytes that they cut, the last position their number.
  Strings(std::vector<std::int64_t> offsets, std::vector<char> bytes) : offsets_(std::move(offsets)), bytes_(std::move(bytes)) {}

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(offsets_.size()) - 1; }
  std::string_view operator[](std::int64_t i) const noexcept {
    const auto begin = offsets_[static_cast<std::size_t>(i)];
    return {bytes_.data() + begin, static_cast<std::size_t>(offsets_[static_cast<std::size_t>(i) + 1] - begin)};
  }
  void push_back(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  }
  /// Appends strings [first, last) of another sequence (or of this one).
  void append(const Strings& other, std::int64_t first, std::int64_t last) {
    const auto begin = other.offsets_[static_cast<std::size_t>(first)];
    const auto end = other.offsets_[static_cast<std::size_t>(last)];
    const auto shift = static_cast<std::int64_t>(bytes_.size()) - begin;
    for (auto i = first + 1; i <= last; ++i) offsets_.push_back(other.offsets_[static_cast<std::size_t>(i)] + shift);
    bytes_.resize(bytes_.size() + static_cast<std::size_t>(end - begin));
    std::copy(other.bytes_.begin() + begin, other.bytes_.begin() + end, bytes_.end() - (end - begin));
  }
  void reserve(std::int64_t strings, std::int64_t bytes) {
    offsets_.reserve(static_cast<std::size_t>(strings) + 1);
    bytes_.reserve(static_cast<std::size_t>(bytes));
  }
  void clear() noexcept {
    offsets_.resize(1);
    bytes_.clear();
  }
  /// size() + 1 ascending positions in bytes(); the first is 0.
  const std::vector<std::int64_t>& offsets() const noexcept { return offsets_; }
  const std::vector<char>& bytes() const noexcept { return bytes_; }

  friend bool operator==(const Strings&, const Strings&) = default;

 private:
  std::vector<std::int64_t> offsets_ = {0};
  std::vector<char> bytes_;
};

}  // namespace fullbase::data
