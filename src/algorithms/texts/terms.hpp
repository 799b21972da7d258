// What a text is taken to consist of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/strings.hpp"

namespace fullbase::texts {

/// A word is a longest run of letters, marks and numbers (Unicode's general categories L, M and N, as the ICU says that the
/// binary is linked with); all else is between words.
struct WordOptions {
  std::int64_t least = 1;  ///< words of a term, which follow each other in a text
  std::int64_t most = 1;
  std::int64_t least_characters = 1;  ///< shorter words are none
  std::vector<std::string> stop_words = {};
};

/// Characters are code points.
struct NGramOptions {
  std::int64_t least = 2;  ///< characters of a term
  std::int64_t most = 4;
  /// Otherwise terms lie within a word and a space on either side, so that they tell where words begin and end; a word and its
  /// spaces that are shorter than a term are one as they are (as scikit-learn's char_wb).
  bool across_words = false;
};

struct TermOptions {
  std::optional<WordOptions> words = WordOptions{};
  std::optional<NGramOptions> n_grams = {};
  /// Upper and lower case, full and half width and other forms of one character are one: NFKC_Casefold of the Unicode Standard.
  bool fold = true;
};

/// Before the n-grams of terms that are words and n-grams, so that none is taken for a word.
inline constexpr char n_gram_mark = '~';

/// Takes texts apart. Safe to use from several threads.
class TermReader {
 public:
  explicit TermReader(TermOptions options);

  /// Appends the terms of a text that is valid UTF-8, each as often as it is there: words in their order, then n-grams by length.
  /// Words shorter than `least_characters` and stop words are taken out before words are put together to terms.
  /// Throws an input error for a text beyond 2 GiB. Cost: about 10 ns a character of ASCII and 5 ns a term.
  void read(std::string_view text, data::Strings& terms) const;

  /// Whether it is what a stop word has to be: one word, folded as options say.
  static bool is_one_word(std::string_view text);

 private:
  TermOptions options_;
  std::vector<std::string> stop_words_;  ///< folded, ascending
};

}  // namespace fullbase::texts
