// Distinct values and how often each occurs, in order: what counting keeps. Values are words or texts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/strings.hpp"

namespace fullbase::describe {

using Words = std::vector<std::uint64_t>;

inline std::uint64_t key_at(const Words& keys, std::int64_t i) {
  return keys[static_cast<std::size_t>(i)];
}
inline std::string_view key_at(const data::Strings& keys, std::int64_t i) {
  return keys[i];
}
inline std::int64_t key_bytes(const Words& keys) {
  return static_cast<std::int64_t>(keys.size() * sizeof(std::uint64_t));
}
inline std::int64_t key_bytes(const data::Strings& keys) {
  return static_cast<std::int64_t>(keys.bytes().size()) + 8 * keys.size();
}

std::uint64_t hash_of(std::uint64_t key) noexcept;
std::uint64_t hash_of(std::string_view key) noexcept;

/// Distinct keys, ascending, and the rows of each.
template <class Keys>
struct Counted {
  Keys keys;
  std::vector<std::int64_t> rows;

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(rows.size()); }
  std::int64_t bytes() const noexcept { return key_bytes(keys) + 8 * size(); }
  template <class Key>
  void push_back(const Key& key, std::int64_t count) {
    keys.push_back(key);
    rows.push_back(count);
  }
};

/// Of words in any order, which are put in order. Sorts them, or, where their range is small, counts them in an array.
Counted<Words> counted(Words& words);
/// Of texts that the views show.
Counted<data::Strings> counted(std::vector<std::string_view>& texts);

template <class Keys>
Counted<Keys> merged(const Counted<Keys>& a, const Counted<Keys>& b) {
  Counted<Keys> all;
  std::int64_t i = 0;
  std::int64_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && !(key_at(b.keys, j) < key_at(a.keys, i)));
    const bool from_b = i == a.size() || (j < b.size() && !(key_at(a.keys, i) < key_at(b.keys, j)));
    all.push_back(from_a ? key_at(a.keys, i) : key_at(b.keys, j),
                  (from_a ? a.rows[static_cast<std::size_t>(i)] : 0) + (from_b ? b.rows[static_cast<std::size_t>(j)] : 0));
    i += from_a;
    j += from_b;
  }
  return all;
}

/// Counts that come a piece at a time. Pieces are merged as soon as the one before is no more than twice as large, so that a key
/// is moved a logarithmic number of times.
template <class Keys>
class Accumulated {
 public:
  void add(Counted<Keys> piece) {
    bytes_ += piece.bytes();
    pieces_.push_back(std::move(piece));
    while (pieces_.size() > 1 && pieces_[pieces_.size() - 2].size() <= 2 * pieces_.back().size()) merge_last();
  }
  std::int64_t bytes() const noexcept { return bytes_; }
  /// All of it; nothing is left.
  Counted<Keys> take() {
    while (pieces_.size() > 1) merge_last();
    auto all = pieces_.empty() ? Counted<Keys>() : std::move(pieces_.back());
    pieces_.clear();
    bytes_ = 0;
    return all;
  }

 private:
  void merge_last() {
    const auto last = std::move(pieces_.back());
    pieces_.pop_back();
    bytes_ -= last.bytes() + pieces_.back().bytes();
    pieces_.back() = merged(pieces_.back(), last);
    bytes_ += pieces_.back().bytes();
  }

  std::vector<Counted<Keys>> pieces_;
  std::int64_t bytes_ = 0;
};

}  // namespace fullbase::describe
