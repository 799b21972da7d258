#include "store/digest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/block.hpp"
#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {
namespace {

using data::Type;

constexpr std::uint32_t missing_length = std::numeric_limits<std::uint32_t>::max();

/// A text as the digest sees it: length, then bytes.
void append_text(std::vector<std::byte>& bytes, std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof length + text.size());
  std::memcpy(bytes.data() + at, &length, sizeof length);
  if (!text.empty()) std::memcpy(bytes.data() + at + sizeof length, text.data(), text.size());
}

void append_missing_text(std::vector<std::byte>& bytes) {
  const auto* mark = reinterpret_cast<const std::byte*>(&missing_length);
  bytes.insert(bytes.end(), mark, mark + sizeof missing_length);
}

/// Every category in its form for hashing, one after the other, so that a row costs one copy.
class CategoryForms {
 public:
  explicit CategoryForms(const data::DictionaryPointer& dictionary) {
    for (std::int32_t code = 0; dictionary && code < dictionary->size(); ++code) {
      append_text(bytes_, (*dictionary)[code]);
      starts_.push_back(bytes_.size());
      longest_ = std::max(longest_, starts_.back() - starts_[starts_.size() - 2]);
    }
    bytes_.resize(bytes_.size() + step);
  }

  /// The forms of these codes, one after the other.
  void append(std::vector<std::byte>& bytes, std::span<const std::int32_t> codes) const {
    std::size_t at = bytes.size();
    bytes.resize(at + codes.size() * longest_ + step);
    for (const std::int32_t code : codes) {
      if (code == data::missing_code) {
        std::memcpy(bytes.data() + at, &missing_length, sizeof missing_length);
        at += sizeof missing_length;
        continue;
      }
      const std::byte* const form = bytes_.data() + starts_[static_cast<std::size_t>(code)];
      const std::size_t length = starts_[static_cast<std::size_t>(code) + 1] - starts_[static_cast<std::size_t>(code)];
      // Whole steps, though the last one copies what the next form overwrites: most forms are one.
      for (std::size_t i = 0; i < length; i += step) std::memcpy(bytes.data() + at + i, form + i, step);
      at += length;
    }
    bytes.resize(at);
  }

 private:
  static constexpr std::size_t step = 16;
  std::vector<std::byte> bytes_;
  std::vector<std::size_t> starts_ = {0};
  std::size_t longest_ = sizeof missing_length;
};

template <class T>
void append_values(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

template <class T>
void append_numbers(std::vector<std::byte>& bytes, std::span<const T> values) {
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size_bytes());
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value = std::isnan(values[i]) ? std::numeric_limits<T>::quiet_NaN() : values[i];
    value = value == 0 ? T{0} : value;
    std::memcpy(bytes.data() + begin + i * sizeof value, &value, sizeof value);
  }
}

template <class T>
void append_masked(std::vector<std::byte>& bytes, std::span<const T> values, std::span<const std::uint8_t> mask, bool nullable) {
  if (mask.empty()) {
    append_values(bytes, values);
  } else {
    const std::size_t begin = bytes.size();
    bytes.resize(begin + values.size_bytes());
    for (std::size_t row = 0; row < values.size(); ++row) {
      const T value = mask[row] ? T{0} : values[row];
      std::memcpy(bytes.data() + begin + row * sizeof value, &value, sizeof value);
    }
  }
  if (!nullable) return;
  for (std::size_t row = 0; row < values.size(); ++row)
    bytes.push_back(std::byte{static_cast<std::uint8_t>(!mask.empty() && mask[row] != 0)});
}

/// The bytes of rows [first, first + count) of a column that its block's hash is taken over.
void canonical_bytes(const data::Column& column, std::size_t first, std::size_t count, const CategoryForms& categories,
                     std::vector<std::byte>& bytes) {
  bytes.clear();
  const auto mask = column.mask().empty() ? std::span<const std::uint8_t>() : std::span(column.mask()).subspan(first, count);
  const bool nullable = column.field().nullable;
  switch (column.field().type) {
    case Type::int64:
      return append_masked(bytes, column.int64s().subspan(first, count), mask, nullable);
    case Type::boolean:
      return append_masked(bytes, column.bools().subspan(first, count), mask, nullable);
    case Type::decimal:
    case Type::timestamp:
      return append_values(bytes, column.int64s().subspan(first, count));
    case Type::date:
      return append_values(bytes, column.int32s().subspan(first, count));
    case Type::float64:
      return append_numbers(bytes, column.float64s().subspan(first, count));
    case Type::float32:
      return append_numbers(bytes, column.float32s().subspan(first, count));
    case Type::category:
      return categories.append(bytes, column.int32s().subspan(first, count));
    case Type::string:
      for (std::size_t row = 0; row < count; ++row) {
        if (!mask.empty() && mask[row]) {
          append_missing_text(bytes);
        } else {
          append_text(bytes, column.strings()[static_cast<std::int64_t>(first + row)]);
        }
      }
      return;
  }
}

/// Hashes of the blocks of one column that this rank owns.
std::vector<base::Sha256Value> block_hashes(const data::BlockSource& source, int column, base::BlockRange blocks) {
  std::vector<base::Sha256Value> hashes(static_cast<std::size_t>(blocks.size()));
  const CategoryForms categories(source.dictionary(column));
  const std::int64_t run_blocks = blocks_at_once(source, std::span(&column, 1));
  parallel::for_each(0, (blocks.size() + run_blocks - 1) / run_blocks, [&](std::int64_t run, int) {
    const base::BlockRange range = {blocks.first + run * run_blocks,
                                    std::min(blocks.last, blocks.first + (run + 1) * run_blocks)};
    const auto batch = source.read(base::rows_of_blocks(range, source.rows()), std::span(&column, 1));
    std::vector<std::byte> bytes;
    for (std::int64_t block = range.first; block < range.last; ++block) {
      const auto rows = base::rows_of_block(block, source.rows());
      canonical_bytes(batch.columns[0], static_cast<std::size_t>(rows.first - batch.rows.first),
                      static_cast<std::size_t>(rows.size()), categories, bytes);
      hashes[static_cast<std::size_t>(block - blocks.first)] = base::sha256(bytes);
    }
  });
  return hashes;
}

void add_text(base::Sha256& hash, std::string_view text) {
  hash.add(static_cast<std::int64_t>(text.size())).add(text);
}

}  // namespace

std::string table_digest(comm::Communicator& communicator, const data::BlockSource& source) {
  const auto& schema = source.schema();
  const base::Partition partition(source.rows(), communicator.size());
  base::Sha256 table;
  add_text(table, "fullbase table 1");
  table.add(static_cast<std::int64_t>(schema.columns()));
  for (const auto& field : schema.fields) {
    add_text(table, field.name);
    add_text(table, data::type_text(field));
    add_text(table, field.unit);
    table.add(std::int64_t{field.nullable});
  }
  add_text(table, schema.key);
  table.add(source.rows());
  for (int column = 0; column < schema.columns(); ++column) {
    const auto hashes = comm::collective_try(
        communicator, "digest", [&] { return block_hashes(source, column, partition.blocks_of(communicator.rank())); });
    const auto all = communicator.gather(std::span<const base::Sha256Value>(hashes));
    const auto value = base::sha256(std::as_bytes(std::span(all.values)));
    table.add(value);
  }
  const auto value = table.finish();
  return communicator.broadcast_text(base::hex(value));
}

std::string combined_digest(const std::vector<std::pair<std::string, std::string>>& tables) {
  base::Sha256 hash;
  for (const auto& [name, digest] : tables) hash.add(base::printable_line(name)).add(" ").add(digest).add("\n");
  const auto value = hash.finish();
  return base::hex(value);
}

}  // namespace fullbase::store
