#include "algorithms/learning/model_words.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "comm/agreement.hpp"

namespace fullbase::learning {
namespace {

static_assert(std::endian::native == std::endian::little, "models hold their arrays as memory does, in little endian");

// Head: magic, version, words of the whole, checksum of the words after the head. Then parts: type and length of the name, count,
// bytes; the name; the values; each padded with zeros to whole words.
constexpr std::array<char, 8> magic_text = {'f', 'b', 'm', 'o', 'd', 'e', 'l', '\n'};
constexpr std::size_t head_words = 4;
constexpr std::string_view kind_name = "kind";
constexpr std::string_view unit_start = "model of ";
constexpr std::string_view number_text = "a number";

std::int64_t magic() noexcept {
  return std::bit_cast<std::int64_t>(magic_text);
}
std::size_t words_for(std::size_t bytes) noexcept {
  return (bytes + 7) / 8;
}
void append(std::vector<std::int64_t>& words, std::span<const std::byte> bytes) {
  const auto at = words.size();
  words.resize(at + words_for(bytes.size()), 0);
  if (!bytes.empty()) std::memcpy(words.data() + at, bytes.data(), bytes.size());
}

}  // namespace

Told told(data::Type label, bool regression) noexcept {
  if (regression) return {.is_number = true, .type = data::Type::float64};
  return {.is_number = false, .type = label == data::Type::string ? data::Type::category : label};
}

data::Schema model_schema(const Told& told) {
  data::Schema schema;
  schema.fields = {{.name = "word",
                    .type = data::Type::int64,
                    .unit = fmt::format("{}{}", unit_start, told.is_number ? number_text : data::type_name(told.type))}};
  return schema;
}

std::optional<Told> told_by(const data::Schema& schema) {
  if (schema.columns() != 1 || schema[0].name != "word" || schema[0].type != data::Type::int64) return {};
  std::string_view unit = schema[0].unit;
  if (!unit.starts_with(unit_start)) return {};
  unit.remove_prefix(unit_start.size());
  if (unit == number_text) return told(data::Type::float64, true);
  const auto type = data::type_from_name(unit);
  if (!type) return {};
  return told(*type, false);
}

ModelWriter::ModelWriter(std::string_view kind) : kind_(kind), words_(head_words, 0) {
  text(kind_name, kind);
}

void ModelWriter::add(std::string_view name, char type, std::int64_t count, std::span<const std::byte> bytes) {
  words_.push_back(static_cast<std::int64_t>(type) | static_cast<std::int64_t>(name.size()) << 8);
  words_.push_back(count);
  words_.push_back(static_cast<std::int64_t>(bytes.size()));
  append(words_, std::as_bytes(std::span(name)));
  append(words_, bytes);
}

ModelWriter& ModelWriter::number(std::string_view name, double value) {
  return numbers(name, std::span(&value, 1));
}
ModelWriter& ModelWriter::integer(std::string_view name, std::int64_t value) {
  return integers(name, std::span(&value, 1));
}
ModelWriter& ModelWriter::text(std::string_view name, std::string_view value) {
  const std::string one(value);
  return texts(name, std::span(&one, 1));
}
ModelWriter& ModelWriter::numbers(std::string_view name, std::span<const double> values) {
  add(name, 'd', std::ssize(values), std::as_bytes(values));
  return *this;
}
ModelWriter& ModelWriter::integers(std::string_view name, std::span<const std::int64_t> values) {
  add(name, 'i', std::ssize(values), std::as_bytes(values));
  return *this;
}
ModelWriter& ModelWriter::texts(std::string_view name, std::span<const std::string> values) {
  // Lengths first, then the texts one after the other.
  std::vector<std::int64_t> lengths;
  std::string joined;
  for (const auto& value : values) {
    lengths.push_back(std::ssize(value));
    joined += value;
  }
  std::vector<std::byte> bytes(lengths.size() * sizeof(std::int64_t) + joined.size());
  if (!lengths.empty()) std::memcpy(bytes.data(), lengths.data(), lengths.size() * sizeof(std::int64_t));
  if (!joined.empty()) std::memcpy(bytes.data() + lengths.size() * sizeof(std::int64_t), joined.data(), joined.size());
  add(name, 't', std::ssize(values), bytes);
  return *this;
}
ModelWriter& ModelWriter::bytes(std::string_view name, std::span<const std::byte> values) {
  add(name, 'b', std::ssize(values), values);
  return *this;
}

data::Batch ModelWriter::table(const Told& told) const {
  auto words = words_;
  words[0] = magic();
  words[1] = model_version;
  words[2] = std::ssize(words);
  words[3] = std::bit_cast<std::int64_t>(base::xxh3(std::as_bytes(std::span(words).subspan(head_words))));
  data::Batch batch{.rows = {0, std::ssize(words)}, .columns = {}};
  batch.columns.emplace_back(model_schema(told)[0], std::move(words));
  return batch;
}

ModelReader::ModelReader(std::vector<std::int64_t> words, std::string where)
    : words_(std::move(words)), where_(std::move(where)) {
  const auto error = [&](std::string problem, std::string advice = "train the model anew") {
    return base::input_error(std::move(problem), where_, std::move(advice));
  };
  if (words_.size() < head_words || words_[0] != magic())
    throw error("this is no model", "name the table `model` of a step that trains one");
  if (words_[1] != model_version)
    throw error(fmt::format("the model is of version {}, this fullbase reads version {}", words_[1], model_version));
  if (words_[2] != std::ssize(words_))
    throw error(fmt::format("the model has {} words and should have {}: it was cut short", words_.size(), words_[2]));
  const auto body = std::span<const std::int64_t>(words_).subspan(head_words);
  if (std::bit_cast<std::uint64_t>(words_[3]) != base::xxh3(std::as_bytes(body)))
    throw error("the model's checksum does not match: it is damaged");

  std::size_t at = 0;
  while (at < body.size()) {
    if (body.size() - at < 3) throw error("the model ends within a part");
    const auto type = static_cast<char>(body[at] & 0xFF);
    const auto name_bytes = static_cast<std::uint64_t>(body[at]) >> 8;
    const auto bytes = static_cast<std::uint64_t>(body[at + 2]);
    const std::uint64_t room = (body.size() - at - 3) * sizeof(std::int64_t);
    if (name_bytes > room || bytes > room || words_for(name_bytes) + words_for(bytes) > room / sizeof(std::int64_t))
      throw error("a part of the model is longer than the model");
    const auto* const start = reinterpret_cast<const std::byte*>(body.data() + at + 3);
    const std::string name(reinterpret_cast<const char*>(start), name_bytes);
    parts_[name] = {type, body[at + 1], {start + words_for(name_bytes) * sizeof(std::int64_t), static_cast<std::size_t>(bytes)}};
    at += 3 + words_for(name_bytes) + words_for(bytes);
  }
  kind_ = text(kind_name);
}

ModelReader ModelReader::read(comm::Communicator& communicator, const data::BlockSource& table) {
  return comm::collective_try(communicator, "model", [&] {
    if (!told_by(table.schema()))
      throw base::input_error("this table holds no model", table.name(), "name the table `model` of a step that trains one");
    const int word = 0;
    const auto batch = table.read({0, table.rows()}, std::span(&word, 1));
    const auto words = batch[0].int64s();
    return ModelReader({words.begin(), words.end()}, table.name());
  });
}

std::span<const std::byte> ModelReader::part(std::string_view name, char type) const {
  const auto found = parts_.find(name);
  if (found == parts_.end() || found->second.type != type)
    throw base::input_error(fmt::format("the model has no part '{}' of type '{}'", name, type), where_, "train the model anew");
  return found->second.bytes;
}

void ModelReader::copy_bytes(std::span<const std::byte> from, std::span<std::byte> into, std::string_view name) const {
  if (from.size() != into.size())
    throw base::input_error(
        fmt::format("the model's part '{}' has {} bytes, which is no whole number of values", name, from.size()), where_,
        "train the model anew");
  if (!from.empty()) std::memcpy(into.data(), from.data(), from.size());
}

std::vector<double> ModelReader::numbers(std::string_view name) const {
  const auto bytes = part(name, 'd');
  std::vector<double> values(bytes.size() / sizeof(double));
  copy_bytes(bytes, std::as_writable_bytes(std::span(values)), name);
  return values;
}
std::vector<std::int64_t> ModelReader::integers(std::string_view name) const {
  const auto bytes = part(name, 'i');
  std::vector<std::int64_t> values(bytes.size() / sizeof(std::int64_t));
  copy_bytes(bytes, std::as_writable_bytes(std::span(values)), name);
  return values;
}
std::vector<std::string> ModelReader::texts(std::string_view name) const {
  const auto bytes = part(name, 't');
  const auto count = static_cast<std::uint64_t>(parts_.find(name)->second.count);
  const auto damaged = [&] {
    return base::input_error(fmt::format("the model's part '{}' is damaged", name), where_, "train the model anew");
  };
  if (count > bytes.size() / sizeof(std::int64_t)) throw damaged();
  std::vector<std::uint64_t> lengths(count);
  if (count > 0) std::memcpy(lengths.data(), bytes.data(), count * sizeof(std::int64_t));
  auto rest = bytes.subspan(count * sizeof(std::int64_t));
  std::vector<std::string> values;
  for (const auto length : lengths) {
    if (length > rest.size()) throw damaged();
    values.emplace_back(reinterpret_cast<const char*>(rest.data()), length);
    rest = rest.subspan(length);
  }
  return values;
}
double ModelReader::number(std::string_view name) const {
  const auto values = numbers(name);
  if (values.size() != 1) throw base::input_error(fmt::format("the model's part '{}' is no single value", name), where_);
  return values.front();
}
std::int64_t ModelReader::integer(std::string_view name) const {
  const auto values = integers(name);
  if (values.size() != 1) throw base::input_error(fmt::format("the model's part '{}' is no single value", name), where_);
  return values.front();
}
std::string ModelReader::text(std::string_view name) const {
  const auto values = texts(name);
  if (values.size() != 1) throw base::input_error(fmt::format("the model's part '{}' is no single text", name), where_);
  return values.front();
}

}  // namespace fullbase::learning
