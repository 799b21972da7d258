#include "store/csv/category_index.hpp"

#include <limits>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "store/csv/numbers.hpp"

namespace fullbase::store::csv {
namespace {
constexpr int first_bits = 10;
}

CategoryIndex::CategoryIndex() : slots_(std::size_t{1} << first_bits, Slot{0, 0, unknown}), shift_(64 - first_bits) {}

CategoryIndex::Key CategoryIndex::key(std::string_view text) noexcept {
  if (text.size() <= 8) return {low_bytes(load_eight(text.data()), text.size()), static_cast<std::uint32_t>(text.size())};
  return {base::xxh3(std::as_bytes(std::span(text.data(), text.size()))), static_cast<std::uint32_t>(text.size())};
}

std::int32_t CategoryIndex::find(const Key& key, std::string_view text) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = place(key);; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.code == unknown) return unknown;
    if (slot.word == key.word && slot.size == key.size && (key.size <= 8 || texts_[slot.code] == text)) return slot.code;
  }
}

std::int32_t CategoryIndex::insert(const Key& key, std::string_view text) {
  if (texts_.size() == std::numeric_limits<std::int32_t>::max()) {
    throw base::input_error("a category column has more than 2,147,483,647 categories", {}, "import it as a string");
  }
  if (static_cast<std::size_t>(texts_.size()) * 2 >= slots_.size()) grow();
  const auto code = static_cast<std::int32_t>(texts_.size());
  texts_.push_back(text);
  put({key.word, key.size, code});
  return code;
}

void CategoryIndex::put(const Slot& slot) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = place({slot.word, slot.size});
  while (slots_[at].code != unknown) at = (at + 1) & mask;
  slots_[at] = slot;
}

void CategoryIndex::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size(), Slot{0, 0, unknown}));
  --shift_;
  for (const Slot& slot : old) {
    if (slot.code != unknown) put(slot);
  }
}

}  // namespace fullbase::store::csv
