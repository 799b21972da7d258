// Parsers of string and category columns.
#include <cstring>
#include <optional>

#include "base/utf8.hpp"
#include "store/csv/column_values.hpp"
#include "store/csv/encoding.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {
namespace {

/// Why a text cannot be stored, if so.
std::optional<Reason> refusal(std::string_view text, Reason unreadable) noexcept {
  if (std::memchr(text.data(), '\0', text.size())) return Reason::nul_byte;
  if (!base::is_utf8(text)) return unreadable;
  return std::nullopt;
}

/// Texts one after the other, and where each ends.
class TextValues {
 public:
  std::size_t size() const noexcept { return offsets_.size() - 1; }
  std::size_t longest() const noexcept { return longest_; }

  /// scan_padding readable bytes follow `text`.
  void append(std::string_view text) {
    static constexpr std::size_t at_once = 16;
    const std::size_t room = used_ + text.size() + at_once;
    if (room > bytes_.size()) bytes_.resize(std::max(bytes_.size() + bytes_.size() / 2, room + 1024));
    if (text.size() <= at_once) {
      std::memcpy(bytes_.data() + used_, text.data(), at_once);
    } else {
      std::memcpy(bytes_.data() + used_, text.data(), text.size());
    }
    used_ += text.size();
    longest_ = std::max(longest_, text.size());
    offsets_.push_back(static_cast<std::int64_t>(used_));
    if (!mask_.empty()) mask_.push_back(0);
  }
  void append_missing() {
    offsets_.push_back(static_cast<std::int64_t>(used_));
    mask_.resize(size());
    mask_.back() = 1;
  }
  void drop(std::span<const std::uint8_t> refused) {
    const std::size_t first = size() - refused.size();
    std::size_t end = static_cast<std::size_t>(offsets_[first]);
    for (std::size_t i = 0; i < refused.size(); ++i) {
      if (refused[i]) continue;
      const auto begin = static_cast<std::size_t>(offsets_[first + i]);
      const std::size_t bytes = static_cast<std::size_t>(offsets_[first + i + 1]) - begin;
      if (bytes > 0) std::memmove(bytes_.data() + end, bytes_.data() + begin, bytes);
      end += bytes;
      kept_.push_back(static_cast<std::int64_t>(end));
    }
    offsets_.resize(first + 1);
    offsets_.insert(offsets_.end(), kept_.begin(), kept_.end());
    kept_.clear();
    used_ = end;
    if (!mask_.empty()) drop_refused(mask_, refused);
  }
  LocalColumn take(std::size_t rows) {
    const std::size_t column_rows = size();
    bytes_.resize(used_);
    LocalColumn column{data::Strings(std::exchange(offsets_, {0}), std::exchange(bytes_, {})), std::exchange(mask_, {})};
    if (std::find(column.mask.begin(), column.mask.end(), 1) == column.mask.end()) column.mask.clear();
    offsets_.reserve(rows + 1);
    // As many bytes a row as before.
    if (column_rows > 0) bytes_.resize((used_ + used_ / 8) / column_rows * rows);
    used_ = 0;
    longest_ = 0;
    return column;
  }

 private:
  std::vector<std::int64_t> offsets_ = {0};
  std::vector<char> bytes_;
  std::size_t used_ = 0;
  std::size_t longest_ = 0;
  std::vector<std::uint8_t> mask_;
  std::vector<std::int64_t> kept_;
};

class StringParser final : public ColumnParser {
 public:
  StringParser(const CsvColumn& column, const MissingTokens& missing, std::size_t position, Reason unreadable,
               std::shared_ptr<const base::PseudonymKey> pseudonyms)
      : required_(column.required),
        unreadable_(unreadable),
        missing_(missing),
        texts_(position),
        pseudonyms_(std::move(pseudonyms)) {}

  void parse(const Records& records, Refusals& refusals) override {
    texts_.each(records, refusals, [&](std::size_t record, std::string_view text) {
      if (missing_.contains(text)) {
        if (required_) refusals.add(record, Reason::missing);
        values_.append_missing();
        return;
      }
      if (!records.plain) {
        if (const auto reason = refusal(text, unreadable_)) refusals.add(record, *reason);
      }
      pseudonyms_ ? append_pseudonym(text) : values_.append(text);
    });
  }
  void drop(std::span<const std::uint8_t> refused) override { values_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return values_.take(rows); }
  std::size_t longest_text() const noexcept override { return values_.longest(); }

 private:
  void append_pseudonym(std::string_view text) {
    std::string pseudonym = pseudonyms_->pseudonym(text);
    const std::size_t bytes = pseudonym.size();
    pseudonym.resize(bytes + scan_padding);
    values_.append(std::string_view(pseudonym).substr(0, bytes));
  }

  bool required_;
  Reason unreadable_;
  MissingTokens missing_;
  FieldTexts texts_;
  std::shared_ptr<const base::PseudonymKey> pseudonyms_;
  TextValues values_;
};

/// Looks texts up in two passes over a few records: what a look-up will touch is on its way from memory before it is needed.
class CategoryParser final : public ColumnParser {
 public:
  CategoryParser(const CsvColumn& column, const MissingTokens& missing, std::size_t position, Reason unreadable)
      : required_(column.required), unreadable_(unreadable), missing_(missing), texts_(position) {}

  void parse(const Records& records, Refusals& refusals) override {
    const std::size_t count = records.size();
    std::int32_t* const out = codes_.extend(count);
    if (pending_.size() < ahead) pending_.resize(ahead);
    std::size_t waiting = 0;
    std::size_t next = 0;
    const auto settle = [&] {
      const Pending& pending = pending_[next++ % ahead];
      --waiting;
      out[pending.record] = code_of(pending, records, refusals);
    };
    texts_.each(records, refusals, [&](std::size_t record, std::string_view text) {
      if (missing_.contains(text)) {
        if (required_) refusals.add(record, Reason::missing);
        out[record] = data::missing_code;
        return;
      }
      const CategoryIndex::Key key = CategoryIndex::key(text);
      if (texts_.in_scratch(text)) {  // doesn't live on
        out[record] = code_of({key, text, record}, records, refusals);
        return;
      }
      index_.prefetch(key);
      if (waiting == ahead) settle();
      pending_[(next + waiting++) % ahead] = {key, text, record};
    });
    while (waiting > 0) settle();
  }
  void drop(std::span<const std::uint8_t> refused) override { codes_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return codes_.take(rows); }
  const CategoryIndex* categories() const noexcept override { return &index_; }

 private:
  static constexpr std::size_t ahead = 16;
  struct Pending {
    CategoryIndex::Key key;
    std::string_view text;
    std::size_t record;
  };

  std::int32_t code_of(const Pending& pending, const Records& records, Refusals& refusals) {
    const std::int32_t known = index_.find(pending.key, pending.text);
    if (known != CategoryIndex::unknown) return known;
    if (!records.plain) {
      if (const auto reason = refusal(pending.text, unreadable_)) {
        refusals.add(pending.record, *reason);
        return data::missing_code;
      }
    }
    return index_.insert(pending.key, pending.text);
  }

  bool required_;
  Reason unreadable_;
  MissingTokens missing_;
  FieldTexts texts_;
  CategoryIndex index_;
  FixedValues<std::int32_t> codes_;
  std::vector<Pending> pending_;
};

}  // namespace

std::unique_ptr<ColumnParser> make_text_parser(const CsvOptions& options, const CsvColumn& column, const MissingTokens& missing,
                                               std::size_t position) {
  const Reason unreadable = options.encoding == utf8_name ? Reason::not_utf8 : Reason::not_in_encoding;
  if (column.type == data::Type::category) return std::make_unique<CategoryParser>(column, missing, position, unreadable);
  return std::make_unique<StringParser>(column, missing, position, unreadable, column.pseudonym ? options.pseudonyms : nullptr);
}

}  // namespace fullbase::store::csv
