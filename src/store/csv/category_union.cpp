#include "store/csv/category_union.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "comm/agreement.hpp"
#include "comm/dictionary.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::store::csv {
namespace {

/// Orders texts by their first 8 bytes as one number; only equals need a look at the texts.
struct SortKey {
  std::uint64_t head;
  std::int32_t code;
};

std::uint64_t head_of(std::string_view text) noexcept {
  std::uint64_t head = 0;
  std::memcpy(&head, text.data(), std::min(text.size(), sizeof head));
  if constexpr (std::endian::native == std::endian::little) head = __builtin_bswap64(head);
  return head;
}

struct ThreadDictionary {
  data::DictionaryPointer dictionary;
  std::vector<std::int32_t> sorted;  ///< the thread's code -> code in the dictionary; -1: not used
};

/// `used` has a byte a code, or is empty: all are used.
ThreadDictionary sort_categories(const data::Strings& texts, std::span<const std::uint8_t> used) {
  std::vector<SortKey> keys;
  keys.reserve(static_cast<std::size_t>(texts.size()));
  for (std::int32_t code = 0; code < texts.size(); ++code) {
    if (used.empty() || used[static_cast<std::size_t>(code)]) keys.push_back({head_of(texts[code]), code});
  }
  std::sort(keys.begin(), keys.end(), [&](const SortKey& a, const SortKey& b) {
    return a.head != b.head ? a.head < b.head : texts[a.code] < texts[b.code];
  });
  ThreadDictionary result;
  result.sorted.assign(static_cast<std::size_t>(texts.size()), -1);
  data::Strings sorted;
  sorted.reserve(std::ssize(keys), std::ssize(texts.bytes()));
  for (const SortKey& key : keys) {
    result.sorted[static_cast<std::size_t>(key.code)] = static_cast<std::int32_t>(sorted.size());
    sorted.push_back(texts[key.code]);
  }
  result.dictionary = std::make_shared<const data::Dictionary>(std::move(sorted));
  return result;
}

data::Strings pseudonyms_of(const data::Strings& texts, const base::PseudonymKey& key) {
  data::Strings pseudonyms;
  pseudonyms.reserve(texts.size(), texts.size() * static_cast<std::int64_t>(base::PseudonymKey::pseudonym_digits));
  for (std::int64_t i = 0; i < texts.size(); ++i) pseudonyms.push_back(key.pseudonym(texts[i]));
  return pseudonyms;
}

/// Which codes of a thread its rows have.
std::vector<std::uint8_t> used_codes(const RowStore& rows, int thread, std::size_t column, std::int32_t codes) {
  std::vector<std::uint8_t> used(static_cast<std::size_t>(codes));
  RowGroup buffer;
  for (std::size_t group = 0; group < rows.groups(); ++group) {
    if (rows.thread(group) != thread) continue;
    for (const std::int32_t code : std::get<std::vector<std::int32_t>>(rows.read(group, buffer).columns[column].values)) {
      if (code >= 0) used[static_cast<std::size_t>(code)] = 1;
    }
  }
  return used;
}

}  // namespace

CategoryUnion unite_categories(comm::Communicator& communicator, const RowsParser& parser, const RowStore& rows,
                               std::size_t column, bool unused, const base::PseudonymKey* pseudonyms) {
  const auto threads = static_cast<std::size_t>(parser.threads());
  std::vector<ThreadDictionary> sorted(threads);
  data::UnitedDictionary local;
  comm::collective_try(communicator, "import: categories", [&] {
    parallel::for_each(0, std::ssize(sorted), [&](std::int64_t thread, int) {
      const CategoryIndex* categories = parser.categories(static_cast<int>(thread), column);
      static const data::Strings none;
      const data::Strings& texts = categories ? categories->texts() : none;
      std::vector<std::uint8_t> used;
      if (unused) used = used_codes(rows, static_cast<int>(thread), column, static_cast<std::int32_t>(texts.size()));
      sorted[static_cast<std::size_t>(thread)] =
          pseudonyms == nullptr ? sort_categories(texts, used) : sort_categories(pseudonyms_of(texts, *pseudonyms), used);
    });
    std::vector<data::DictionaryPointer> dictionaries;
    for (const ThreadDictionary& one : sorted) dictionaries.push_back(one.dictionary);
    local = data::unite(dictionaries);
  });
  const comm::RankDictionary united = comm::unite_dictionaries(communicator, *local.dictionary);

  CategoryUnion result{united.dictionary, {}};
  for (std::size_t thread = 0; thread < threads; ++thread) {
    std::vector<std::int32_t>& codes = result.of_thread.emplace_back(std::move(sorted[thread].sorted));
    for (std::int32_t& code : codes) {
      if (code < 0) continue;
      code = local.remap[thread][static_cast<std::size_t>(code)];
      code = united.remap[static_cast<std::size_t>(code)];
    }
  }
  return result;
}

}  // namespace fullbase::store::csv
