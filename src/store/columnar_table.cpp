#include "store/columnar_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <type_traits>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"

namespace fullbase::store {
namespace {

constexpr std::int64_t batch_rows = 64 * base::block_rows;
constexpr std::int64_t most_kept_bytes = std::int64_t{256} << 20;

[[noreturn]] void refuse(const char* problem, const std::string& where, std::int64_t row) {
  throw base::input_error(fmt::format("row {} {}", row, problem), where, "correct the file, or import it: rejects can be borne");
}

void check_text(std::string_view text, const std::string& where, std::int64_t row) {
  if (text.find('\0') != std::string_view::npos) refuse("contains a NUL byte", where, row);
  if (!base::is_utf8(text)) refuse("is not UTF-8", where, row);
}

}  // namespace

struct ColumnarTable::Unpacked {
  std::mutex mutex;
  bool ready = false;
  data::Column column;
};

/// The texts that occur in a category column, found when they are asked for.
struct ColumnarTable::Categories {
  std::mutex mutex;
  data::DictionaryPointer dictionary;
};

ColumnarTable::ColumnarTable(std::unique_ptr<ColumnarFile> file, const std::string& zone) : file_(std::move(file)), zone_(zone) {
  for (std::size_t i = 0; i < file_->fields().size(); ++i) {
    const ColumnarField& field = file_->fields()[i];
    if (!field.refusal.empty()) continue;
    schema_.fields.push_back(field.field);
    positions_.push_back(static_cast<int>(i));
    categories_.push_back(field.field.type == data::Type::category ? std::make_unique<Categories>() : nullptr);
  }
  if (schema_.find(file_->key())) schema_.key = file_->key();
}

ColumnarTable::~ColumnarTable() = default;

data::DictionaryPointer ColumnarTable::dictionary(int column) const {
  const auto& categories = categories_.at(static_cast<std::size_t>(column));
  if (!categories) return nullptr;
  const std::lock_guard lock(categories->mutex);
  if (categories->dictionary) return categories->dictionary;
  std::set<std::string, std::less<>> texts;
  const ColumnarFile::Request request{positions_[static_cast<std::size_t>(column)], ColumnarForm::codes};
  for (std::int64_t group = 0; group < file_->groups(); ++group) {
    std::int64_t first_row = file_->group_starts()[static_cast<std::size_t>(group)];
    file_->read(group, std::span(&request, 1), batch_rows, [&](std::vector<ColumnarValues>&& batch) {
      // Only those that occur: what else a file lists depends on how its rows were cut into groups.
      std::vector<std::uint8_t> seen(static_cast<std::size_t>(batch[0].texts.size()));
      const auto& codes = std::get<std::vector<std::int32_t>>(batch[0].values);
      for (std::size_t row = 0; row < codes.size(); ++row) {
        if (codes[row] < 0 || std::exchange(seen[static_cast<std::size_t>(codes[row])], std::uint8_t{1})) continue;
        const auto text = batch[0].texts[codes[row]];
        if (texts.contains(text)) continue;
        check_text(text, where(column), first_row + static_cast<std::int64_t>(row));
        texts.emplace(text);
      }
      first_row += std::ssize(codes);
    });
  }
  data::Strings sorted;
  for (const auto& text : texts) sorted.push_back(text);
  categories->dictionary = std::make_shared<const data::Dictionary>(std::move(sorted));
  return categories->dictionary;
}

void ColumnarTable::append(data::Column& column, int position, ColumnarValues&& values, std::int64_t first_row) const {
  const data::Field& field = schema_[position];
  const std::int64_t rows = values.rows();
  if (field.type == data::Type::category) {
    std::vector<std::int32_t> codes(static_cast<std::size_t>(values.texts.size()), -2);
    for (std::int32_t& code : std::get<std::vector<std::int32_t>>(values.values)) {
      if (code < 0) continue;
      std::int32_t& known = codes[static_cast<std::size_t>(code)];
      if (known == -2) known = column.dictionary()->find(values.texts[code]).value();
      code = known;
    }
  } else if (field.type == data::Type::string) {
    if (const auto* codes = std::get_if<std::vector<std::int32_t>>(&values.values)) {
      data::Strings texts;
      for (const std::int32_t code : *codes) texts.push_back(code < 0 ? std::string_view() : values.texts[code]);
      values.values = std::move(texts);
    }
    const auto& texts = std::get<data::Strings>(values.values);
    for (std::int64_t row = 0; row < rows; ++row) check_text(texts[row], where(position), first_row + row);
  }
  const bool local =
      file_->fields()[static_cast<std::size_t>(positions_[static_cast<std::size_t>(position)])].local && !zone_.is_utc();
  std::visit(
      [&](auto& some) {
        using Values = std::decay_t<decltype(some)>;
        if constexpr (std::is_same_v<Values, std::vector<std::int64_t>>) {
          for (std::int64_t row = 0; row < rows; ++row) {
            std::int64_t& value = some[static_cast<std::size_t>(row)];
            if (values.is_missing(row)) {
              value = field.type == data::Type::int64 ? 0 : data::missing_int64;
            } else if (local) {
              const auto utc = zone_.to_utc(value);
              if (!utc) refuse("has a local time that the zone's clocks skipped", where(position), first_row + row);
              value = *utc;
            }
          }
        } else if constexpr (std::is_same_v<Values, std::vector<std::int32_t>>) {
          for (std::int64_t row = 0; row < rows && field.type == data::Type::date; ++row) {
            if (values.is_missing(row)) some[static_cast<std::size_t>(row)] = data::missing_date;
          }
        } else if constexpr (std::is_same_v<Values, std::vector<double>> || std::is_same_v<Values, std::vector<float>>) {
          using Number = typename Values::value_type;
          for (std::int64_t row = 0; row < rows; ++row) {
            if (values.is_missing(row)) some[static_cast<std::size_t>(row)] = std::numeric_limits<Number>::quiet_NaN();
          }
        }
      },
      values.values);
  if (!data::has_mask(field.type)) values.missing.clear();
  const data::Column part(field, std::move(values.values), std::move(values.missing), column.dictionary());
  column.append_from(part, 0, rows);
}

void ColumnarTable::unpack(Unpacked& unpacked, Place place) const {
  const auto [group, column] = place;
  data::Column whole(schema_[column], 0, dictionary(column));
  const auto form = schema_[column].type == data::Type::category ? ColumnarForm::codes : ColumnarForm::values;
  const ColumnarFile::Request request{positions_[static_cast<std::size_t>(column)], form};
  const std::int64_t first_row = file_->group_starts()[static_cast<std::size_t>(group)];
  file_->read(group, std::span(&request, 1), batch_rows, [&, column = column](std::vector<ColumnarValues>&& batch) {
    append(whole, column, std::move(batch[0]), first_row + whole.rows());
  });
  unpacked.column = std::move(whole);
  unpacked.ready = true;
  const std::lock_guard lock(mutex_);
  kept_bytes_ += unpacked.column.bytes();
}

std::shared_ptr<ColumnarTable::Unpacked> ColumnarTable::at(Place place) const {
  const std::lock_guard lock(mutex_);
  const auto [found, fresh] = unpacked_.try_emplace(place);
  if (fresh) {
    used_.push_front(place);
    found->second = {std::make_shared<Unpacked>(), used_.begin()};
  }
  used_.splice(used_.begin(), used_, found->second.used);
  return found->second.unpacked;
}

void ColumnarTable::let_go_of_old() const {
  const std::lock_guard lock(mutex_);
  while (kept_bytes_ > most_kept_bytes && used_.size() > 1) {
    const auto found = unpacked_.find(used_.back());
    const auto oldest = found->second.unpacked;  // outlives the lock
    // One that is being unpacked is held by whoever does it, and counted later.
    const std::unique_lock unpacking(oldest->mutex, std::try_to_lock);
    if (!unpacking || !oldest->ready) return;
    kept_bytes_ -= oldest->column.bytes();
    unpacked_.erase(found);
    used_.pop_back();
  }
}

data::Batch ColumnarTable::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= this->rows(),
                   "rows that are read lie within their table");
  data::Batch batch;
  batch.rows = rows;
  for (const int column : columns) batch.columns.emplace_back(schema_[column], 0, dictionary(column));
  const auto& starts = file_->group_starts();
  auto group = std::upper_bound(starts.begin(), starts.end(), rows.first) - starts.begin() - 1;
  for (std::int64_t first = rows.first; first < rows.last; ++group) {
    const std::int64_t begin = starts[static_cast<std::size_t>(group)];
    const std::int64_t last = std::min(rows.last, starts[static_cast<std::size_t>(group) + 1]);
    if (last <= first) continue;  // a group without rows
    std::vector<std::shared_ptr<Unpacked>> unpacked;
    for (const int column : columns) {
      unpacked.push_back(at({group, column}));
      // What another thread unpacks just now is waited for below, when the other columns are under way.
      const std::unique_lock lock(unpacked.back()->mutex, std::try_to_lock);
      if (lock && !unpacked.back()->ready) unpack(*unpacked.back(), {group, column});
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::lock_guard lock(unpacked[i]->mutex);
      if (!unpacked[i]->ready) unpack(*unpacked[i], {group, columns[i]});
      batch.columns[i].append_from(unpacked[i]->column, first - begin, last - begin);
    }
    unpacked.clear();
    let_go_of_old();
    first = last;
  }
  return batch;
}

}  // namespace fullbase::store
