// A model as a table of one int64 column, `word`: named arrays behind a head that says what it is, in which version, how long,
// and with which checksum. What a step writes tonight, `predict` reads tonight or next week.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"

namespace fullbase::learning {

inline constexpr std::int64_t model_version = 1;

/// What a model tells about a row, as far as its table's schema says it before any data is read.
struct Told {
  bool is_number = false;               ///< a regression: float64, and no score beside it
  data::Type type = data::Type::int64;  ///< otherwise the type of the classes: boolean, int64, category

  friend bool operator==(const Told&, const Told&) = default;
};
/// What a model with a label column of this type tells; texts are told as categories.
Told told(data::Type label, bool regression) noexcept;

/// The schema of a table that holds a model: `word`, whose unit says what it tells ("model of bool", "model of a number").
data::Schema model_schema(const Told& told);
/// Nothing if a table of this schema holds no model.
std::optional<Told> told_by(const data::Schema& schema);

class ModelWriter {
 public:
  explicit ModelWriter(std::string_view kind);

  ModelWriter& number(std::string_view name, double value);
  ModelWriter& integer(std::string_view name, std::int64_t value);
  ModelWriter& text(std::string_view name, std::string_view value);
  ModelWriter& numbers(std::string_view name, std::span<const double> values);
  ModelWriter& integers(std::string_view name, std::span<const std::int64_t> values);
  ModelWriter& texts(std::string_view name, std::span<const std::string> values);
  /// Bytes of anything plain, in little endian.
  ModelWriter& bytes(std::string_view name, std::span<const std::byte> values);

  /// The whole as a table of model_schema(told), rows from 0. Memory: the model once more.
  data::Batch table(const Told& told) const;

 private:
  void add(std::string_view name, char type, std::int64_t count, std::span<const std::byte> bytes);

  std::string kind_;
  std::vector<std::int64_t> words_;
};

/// A model's arrays by name. Throws input errors that begin with `where`: for a table that holds no model, one that is cut short,
/// one whose checksum does not match, one of another version, and, when asked, for an array that is not there or of another type.
class ModelReader {
 public:
  ModelReader(std::vector<std::int64_t> words, std::string where);
  /// Parts lie in the words: a copy's would lie in the original's.
  ModelReader(const ModelReader&) = delete;
  ModelReader& operator=(const ModelReader&) = delete;
  ModelReader(ModelReader&&) = default;
  ModelReader& operator=(ModelReader&&) = default;
  /// Collective: every rank reads the whole table; the same error on every rank.
  static ModelReader read(comm::Communicator& communicator, const data::BlockSource& table);

  const std::string& kind() const noexcept { return kind_; }
  const std::string& where() const noexcept { return where_; }
  bool has(std::string_view name) const { return parts_.contains(name); }

  double number(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;
  std::vector<std::int64_t> integers(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  /// As T values; their bytes must divide evenly.
  template <class T>
  std::vector<T> plain(std::string_view name) const {
    const auto bytes = part(name, 'b');
    std::vector<T> values(bytes.size() / sizeof(T));
    copy_bytes(bytes, std::as_writable_bytes(std::span(values)), name);
    return values;
  }

 private:
  struct Part {
    char type = 0;
    std::int64_t count = 0;
    std::span<const std::byte> bytes;
  };
  std::span<const std::byte> part(std::string_view name, char type) const;
  void copy_bytes(std::span<const std::byte> from, std::span<std::byte> into, std::string_view name) const;

  std::vector<std::int64_t> words_;
  std::string where_;
  std::string kind_;
  std::map<std::string, Part, std::less<>> parts_;
};

}  // namespace fullbase::learning
