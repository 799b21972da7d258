#include "algorithms/texts/terms.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace fullbase::texts {
namespace {

/// A word of a text: its bytes, and how many characters they are.
struct Word {
  std::size_t first;
  std::size_t last;
  std::int64_t characters;
};

std::string folded(std::string_view text) {
  std::string result(text);
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80U; })) {
    for (char& c : result) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
  }
  if (std::ssize(text) > std::numeric_limits<std::int32_t>::max())
    throw base::input_error("a text is longer than 2 GiB", "", "leave it out with `where`");
  UErrorCode status = U_ZERO_ERROR;
  const auto* const normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_SUCCESS(status)) {
    result.clear();
    icu::StringByteSink<std::string> sink(&result, static_cast<std::int32_t>(text.size()));
    normalizer->normalizeUTF8(0, {text.data(), static_cast<std::int32_t>(text.size())}, sink, nullptr, status);
  }
  if (U_FAILURE(status)) throw base::internal_error(std::string("ICU cannot fold a text: ") + u_errorName(status));
  return result;
}

bool is_of_word(UChar32 character) noexcept {
  if (character < 0x80) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
  }
  return (U_MASK(u_charType(character)) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) != 0;
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int64_t>(text.size());
  bool inside = false;
  for (std::int64_t at = 0; at < length;) {
    const std::int64_t first = at;
    UChar32 character = 0;
    U8_NEXT_UNSAFE(bytes, at, character);
    if (is_of_word(character)) {
      if (!inside) words.push_back({static_cast<std::size_t>(first), 0, 0});
      words.back().last = static_cast<std::size_t>(at);
      ++words.back().characters;
      inside = true;
    } else {
      inside = false;
    }
  }
  return words;
}

/// Where characters begin, and the number of bytes last.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

class Terms {
 public:
  Terms(data::Strings& into, bool marked) : into_(into), marked_(marked) {}

  /// All runs of `length` characters; a shorter text has none.
  void add(std::string_view text, std::span<const std::size_t> starts, std::int64_t length) {
    const auto characters = std::ssize(starts) - 1;
    for (std::int64_t first = 0; first + length <= characters; ++first) {
      const auto begin = starts[static_cast<std::size_t>(first)];
      add(text.substr(begin, starts[static_cast<std::size_t>(first + length)] - begin));
    }
  }
  void add(std::string_view term) {
    if (!marked_) return into_.push_back(term);
    buffer_.assign(1, n_gram_mark);
    buffer_.append(term);
    into_.push_back(buffer_);
  }

 private:
  data::Strings& into_;
  bool marked_;
  std::string buffer_;
};

void add_words(std::string_view text, std::span<const Word> words, const WordOptions& options,
               std::span<const std::string> stop_words, data::Strings& terms) {
  std::vector<std::string_view> kept;
  for (const auto& word : words) {
    const auto characters = text.substr(word.first, word.last - word.first);
    if (word.characters >= options.least_characters && !std::ranges::binary_search(stop_words, characters))
      kept.push_back(characters);
  }
  std::string term;
  for (std::int64_t length = options.least; length <= options.most; ++length) {
    for (std::int64_t first = 0; first + length <= std::ssize(kept); ++first) {
      term = kept[static_cast<std::size_t>(first)];
      for (std::int64_t i = 1; i < length; ++i) {
        term += ' ';
        term += kept[static_cast<std::size_t>(first + i)];
      }
      terms.push_back(term);
    }
  }
}

void add_n_grams(std::string_view text, std::span<const Word> words, const NGramOptions& options, bool marked,
                 data::Strings& terms) {
  Terms into(terms, marked);
  std::string run;
  if (options.across_words) {
    for (const auto& word : words) {
      if (!run.empty()) run += ' ';
      run += text.substr(word.first, word.last - word.first);
    }
    const auto starts = character_starts(run);
    for (std::int64_t length = options.least; length <= options.most; ++length) into.add(run, starts, length);
    return;
  }
  for (const auto& word : words) {
    run.assign(1, ' ');
    run += text.substr(word.first, word.last - word.first);
    run += ' ';
    const auto starts = character_starts(run);
    const auto characters = std::ssize(starts) - 1;
    for (std::int64_t length = options.least; length <= options.most; ++length) {
      if (length < characters) {
        into.add(run, starts, length);
      } else {
        into.add(run);
        break;  // a short word counts once
      }
    }
  }
}

}  // namespace

TermReader::TermReader(TermOptions options) : options_(std::move(options)) {
  FULLBASE_EXPECTS(options_.words || options_.n_grams, "texts have terms of some kind");
  if (!options_.words) return;
  for (const auto& word : options_.words->stop_words) stop_words_.push_back(options_.fold ? folded(word) : word);
  std::ranges::sort(stop_words_);
}

void TermReader::read(std::string_view text, data::Strings& terms) const {
  const std::string kept = options_.fold ? folded(text) : std::string(text);
  const auto words = words_of(kept);
  if (options_.words) add_words(kept, words, *options_.words, stop_words_, terms);
  if (options_.n_grams) add_n_grams(kept, words, *options_.n_grams, options_.words.has_value(), terms);
}

bool TermReader::is_one_word(std::string_view text) {
  const auto words = words_of(text);
  return words.size() == 1 && words.front().first == 0 && words.front().last == text.size();
}

}  // namespace fullbase::texts
