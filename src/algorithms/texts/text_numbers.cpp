#include "algorithms/texts/text_numbers.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace fullbase::texts {
namespace {

constexpr std::size_t least_places = 1024;

}  // namespace

std::uint64_t text_hash(std::string_view text) noexcept {
  return base::xxh3(std::as_bytes(std::span(text.data(), text.size())));
}

std::size_t TextNumbers::place_of(std::string_view text) const noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t place = text_hash(text) & mask;
  while (table_[place] >= 0 && texts_[table_[place]] != text) place = (place + 1) & mask;
  return place;
}

std::int32_t TextNumbers::find(std::string_view text) const noexcept {
  return table_.empty() ? -1 : table_[place_of(text)];
}

std::int32_t TextNumbers::add(std::string_view text) {
  if (2 * (static_cast<std::size_t>(texts_.size()) + 1) > table_.size()) rehash(std::max(least_places, 2 * table_.size()));
  const auto place = place_of(text);
  if (table_[place] >= 0) return table_[place];
  if (texts_.size() >= std::numeric_limits<std::int32_t>::max() - 1)
    throw base::input_error("there are more than 2,147,483,646 different texts or terms", "",
                            "make do with fewer lengths of n-grams");
  make_room(std::ssize(texts_.bytes()) + std::ssize(text) + 16 * texts_.size() + 4 * std::ssize(table_));
  const auto number = size();
  texts_.push_back(text);
  table_[place] = number;
  return number;
}

void TextNumbers::make_room(std::int64_t bytes) {
  if (bytes <= reserved_) return;
  const auto wanted = std::max(2 * bytes, std::int64_t{1} << 16);  // vectors double too
  memory_.push_back(budget_->require(wanted - reserved_, "different texts and their terms"));
  reserved_ = wanted;
}

void TextNumbers::rehash(std::size_t places) {
  make_room(4 * static_cast<std::int64_t>(places) + 16 * texts_.size() + std::ssize(texts_.bytes()));
  table_.assign(places, -1);
  for (std::int64_t number = 0; number < texts_.size(); ++number)
    table_[place_of(texts_[number])] = static_cast<std::int32_t>(number);
}

}  // namespace fullbase::texts
