// What texts are taken to consist of.
#include "algorithms/texts/terms.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace fullbase::texts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> terms(const std::string& text, const TermOptions& options) {
  data::Strings strings;
  TermReader(options).read(text, strings);
  std::vector<std::string> result;
  for (std::int64_t i = 0; i < strings.size(); ++i) result.emplace_back(strings[i]);
  return result;
}

TermOptions n_grams(std::int64_t least, std::int64_t most, bool across_words = false) {
  return {.words = {}, .n_grams = NGramOptions{least, most, across_words}};
}

TEST(Terms, WordsAreRunsOfLettersMarksAndNumbers) {
  EXPECT_THAT(terms("WHITE hanging Heart, T-light (x2)", {}), ElementsAre("white", "hanging", "heart", "t", "light", "x2"));
  EXPECT_THAT(terms("", {}), IsEmpty());
  EXPECT_THAT(terms(" -- !\t", {}), IsEmpty());
  EXPECT_THAT(terms("酒店很好,早餐不错", {}), ElementsAre("酒店很好", "早餐不错"));
  // A vowel sign is a mark: without it the word would fall apart.
  EXPECT_THAT(terms("हिन्दी भाषा", {}), ElementsAre("हिन्दी", "भाषा"));
}

TEST(Terms, FormsOfACharacterAreOne) {
  EXPECT_THAT(terms("STRASSE Straße ＡＢＣ１２ É", {}), ElementsAre("strasse", "strasse", "abc12", "é"));
  // é as one character and as e with an accent.
  EXPECT_EQ(terms("caf\xC3\xA9", {}), terms("cafe\xCC\x81", {}));
  EXPECT_THAT(terms("Straße ＡＢ", {.fold = false}), ElementsAre("Straße", "ＡＢ"));
}

TEST(Terms, WordsThatFollowEachOtherAreTermsToo) {
  const TermOptions pairs{.words = WordOptions{.least = 1, .most = 2}};
  EXPECT_THAT(terms("red tea pot", pairs), ElementsAre("red", "tea", "pot", "red tea", "tea pot"));
  EXPECT_THAT(terms("tea", {.words = WordOptions{.least = 2, .most = 3}}), IsEmpty());
}

TEST(Terms, StopWordsAndShortWordsAreTakenOutFirst) {
  const TermOptions options{.words = WordOptions{.least = 1, .most = 2, .least_characters = 2, .stop_words = {"THE", "of"}}};
  EXPECT_THAT(terms("The set of 3 mugs", options), ElementsAre("set", "mugs", "set mugs"));
  // Two characters, six bytes.
  EXPECT_THAT(terms("好 早餐", options), ElementsAre("早餐"));
}

TEST(Terms, NGramsAreOfCharactersAndKnowWhereWordsEnd) {
  // As scikit-learn's CountVectorizer(analyzer="char_wb", ngram_range=(2, 3)) takes them.
  EXPECT_THAT(terms("tea of", n_grams(2, 3)),
              ElementsAre(" t", "te", "ea", "a ", " te", "tea", "ea ", " o", "of", "f ", " of", "of "));
  EXPECT_THAT(terms("早餐", n_grams(2, 2)), ElementsAre(" 早", "早餐", "餐 "));
  // A short word counts once.
  EXPECT_THAT(terms("a", n_grams(3, 5)), ElementsAre(" a "));
  EXPECT_THAT(terms("a", n_grams(4, 5)), ElementsAre(" a "));
}

TEST(Terms, NGramsAcrossWordsSeeOneSpaceBetweenThem) {
  EXPECT_THAT(terms("ab,  c", n_grams(2, 3, true)), ElementsAre("ab", "b ", " c", "ab ", "b c"));
  EXPECT_THAT(terms("早,餐", n_grams(1, 1, true)), ElementsAre("早", " ", "餐"));
  EXPECT_THAT(terms("a", n_grams(2, 3, true)), IsEmpty());
}

TEST(Terms, AnNGramIsNoWordWhereBothAreTerms) {
  const TermOptions both{.words = WordOptions{.stop_words = {"or"}}, .n_grams = NGramOptions{2, 2, true}};
  EXPECT_THAT(terms("or an", both), ElementsAre("an", "~or", "~r ", "~ a", "~an"));
}

TEST(Terms, AStopWordIsOneWord) {
  EXPECT_TRUE(TermReader::is_one_word("the"));
  EXPECT_TRUE(TermReader::is_one_word("的"));
  EXPECT_FALSE(TermReader::is_one_word("t-light"));
  EXPECT_FALSE(TermReader::is_one_word(" the"));
  EXPECT_FALSE(TermReader::is_one_word(""));
}

}  // namespace
}  // namespace fullbase::texts
