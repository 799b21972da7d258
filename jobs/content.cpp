// job: content - items that are alike by what is written about them, and what customers like of it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/write_rows.hpp"
#include "algorithms/recommendation/content.hpp"
#include "algorithms/recommendation/item_texts.hpp"
#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/ranked_table.hpp"
#include "algorithms/texts/document_terms.hpp"
#include "algorithms/texts/terms.hpp"
#include "algorithms/texts/vocabulary.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/type_kinds.hpp"
#include "jobs/customer_lines.hpp"
#include "jobs/pair_columns.hpp"
#include "jobs/registry.hpp"

namespace fullbase::texts {

// Found by config through the structs' namespace.
inline config::Description<WordOptions> describe(config::Type<WordOptions>) {
  return config::Description<WordOptions>("words", "Words of a term, and which words count.")
      .option("least", &WordOptions::least, "Words of a term at least, which follow each other.", config::between(1, 10))
      .option("most", &WordOptions::most, "Words of a term at most.", config::between(1, 10))
      .option("least_characters", &WordOptions::least_characters, "Shorter words are left out.", config::at_least(1))
      .option("stop_words", &WordOptions::stop_words, "Words that are left out.", config::distinct(),
              config::default_means("none"))
      .check([](const WordOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.least > options.most)
          diagnostics.error(config::locate(node, "most"), "'most' is less than 'least'", "write `least: 1, most: 2`");
        for (std::size_t i = 0; i < options.stop_words.size(); ++i) {
          if (!TermReader::is_one_word(options.stop_words[i]))
            diagnostics.error(config::locate(node, fmt::format("stop_words[{}]", i)),
                              fmt::format("'{}' is not one word", options.stop_words[i]),
                              "a word has letters, marks and digits alone");
        }
      });
}

inline config::Description<NGramOptions> describe(config::Type<NGramOptions>) {
  return config::Description<NGramOptions>("n_grams", "Characters of a term, which follow each other.")
      .option("least", &NGramOptions::least, "Characters of a term at least.", config::between(1, 32))
      .option("most", &NGramOptions::most, "Characters of a term at most.", config::between(1, 32))
      .option("across_words", &NGramOptions::across_words,
              "Whether a term may lie in two words and the space between; otherwise a word's own spaces say where it ends.")
      .check([](const NGramOptions& options, const config::Node& node, config::Diagnostics& diagnostics) {
        if (options.least > options.most)
          diagnostics.error(config::locate(node, "most"), "'most' is less than 'least'", "write `least: 2, most: 4`");
      });
}

}  // namespace fullbase::texts

namespace fullbase::jobs {
namespace {

using recommendation::SparseRows;

constexpr int items_slot = 0;
constexpr int matrix_slot = 1;

struct ContentOptions {
  std::string item = "item";
  std::vector<std::string> texts;
  std::optional<texts::WordOptions> words = {};
  std::optional<texts::NGramOptions> n_grams = {};
  bool fold = texts::TermOptions{}.fold;
  std::int64_t least_items = texts::VocabularyOptions{}.least_documents;
  double most_share = texts::VocabularyOptions{}.most_share;
  bool sublinear = texts::WeightOptions{}.sublinear;
  std::int64_t neighbours = recommendation::NeighbourOptions{}.neighbours;
  std::int64_t least_common = recommendation::NeighbourOptions{}.least_common;
  bool vectors = true;
  PairOptions pairs = {};
  std::int64_t top_terms = 20;
};

config::Description<ContentOptions> description() {
  return config::Description<ContentOptions>(
             "content",
             "Items that are alike by what is written about them, and what of it customers like\n"
             "Texts become vectors over their terms, words or n-grams of characters or both: how often an item has a term, "
             "times\n"
             "ln((1 + n) / (1 + d)) + 1 for n items of which d have it, divided by the vector's length. The likeness of two "
             "items\n"
             "is the cosine of their vectors. An item's different texts, of all its rows, count together. With a matrix of who\n"
             "bought what, every customer gets a profile: the terms of what they bought.")
      .option("item", &ContentOptions::item, "Column of the items that says which item a row is of.", config::non_empty())
      .required("texts", &ContentOptions::texts, "Columns of the items with their texts.", config::non_empty(),
                config::distinct())
      .option("words", &ContentOptions::words, "Terms that are words.",
              config::default_means("single words, unless `n_grams` is given"))
      .option("n_grams", &ContentOptions::n_grams,
              "Terms that are characters which follow each other, within a word unless it says otherwise; they need no spaces "
              "between words. Beside words they begin with ~.",
              config::default_means("none"))
      .option("fold", &ContentOptions::fold,
              "Whether upper and lower case, full and half width, and other forms of one character are one (Unicode's "
              "NFKC_Casefold).")
      .option("least_items", &ContentOptions::least_items, "Items that have a term at least; rarer terms are left out.",
              config::at_least(1))
      .option("most_share", &ContentOptions::most_share, "Share of the items that have a term at most.", config::more_than(0.0),
              config::at_most(1.0))
      .option("sublinear", &ContentOptions::sublinear, "Whether 1 + ln counts in place of how often an item has a term.")
      .option("neighbours", &ContentOptions::neighbours, "Items that are listed for each, the most alike first.",
              config::at_least(1))
      .option("least_common", &ContentOptions::least_common, "Terms that an item and its neighbour both have at least.",
              config::at_least(1))
      .option("vectors", &ContentOptions::vectors, "Whether the table `vectors` is written, which a recommend step reads.")
      .option("pairs", &ContentOptions::pairs, "Columns of the matrix.")
      .option("top_terms", &ContentOptions::top_terms, "Terms of a customer's profile that are listed.", config::at_least(1));
}

class Content final : public runtime::Step {
 public:
  explicit Content(ContentOptions options) : options_(std::move(options)) {
    if (!options_.n_grams && !options_.words) options_.words.emplace();
  }

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    const auto& items = context.input(items_slot);
    const auto item = context.column("item", options_.item, items_slot);
    bool right = item && check_item(context, *item);
    for (std::size_t i = 0; i < options_.texts.size(); ++i) right &= add_text(context, i);
    if (context.has_input(matrix_slot)) {
      const auto pairs = check_pairs(context, options_.pairs, matrix_slot, "pairs.");
      right &= pairs && (!item || check_same_items(context, *item, pairs->item));
      if (pairs) pairs_ = *pairs;
    }
    if (!right) return {};
    item_ = *item;
    const auto key = prepare::KeySlots::key_field(items[item_]);
    neighbours_ = {key, renamed(key, "neighbour"), "likeness", {{.name = "common", .type = data::Type::int64}}};
    std::vector<runtime::TableOutline> outlines = {{"", neighbours_.schema()}, {"terms", terms_schema()}};
    vectors_ = recommendation::entries_schema(key, term_field(), "weight");
    if (options_.vectors) outlines.push_back({"vectors", vectors_});
    if (context.has_input(matrix_slot)) {
      const auto customer = prepare::KeySlots::key_field(context.input(matrix_slot)[pairs_.customer]);
      profiles_ = {customer, term_field(), "weight"};
      outlines.push_back({"profiles", profiles_.schema()});
    }
    for (const auto& outline : outlines) right &= check_names(context, outline.schema);
    return right ? outlines : std::vector<runtime::TableOutline>{};
  }

  /// Of texts and terms nothing is known before they are read: what they take is not counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const auto of_slot = [&](std::size_t slot) {
      return slot < rows.size() ? base::Partition(rows[slot], ranks).most_rows() : std::int64_t{0};
    };
    const auto bytes = 64 * of_slot(items_slot) + 56 * of_slot(matrix_slot);
    return {.least = bytes, .best = bytes};
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    auto read = recommendation::read_item_texts(communicator, context.input(items_slot), item_, texts_, budget);
    context.left_out("item missing", read.missing);
    context.note("items", read.items.rows());
    context.note("items_without_text", read.without_any);

    const texts::TermReader reader({.words = options_.words, .n_grams = options_.n_grams, .fold = options_.fold});
    const auto vocabulary =
        texts::build_vocabulary(communicator, read.documents, reader, {options_.least_items, options_.most_share}, budget);
    context.note("terms_found", vocabulary.found);
    context.note("terms", std::int64_t{vocabulary.size()});
    const auto frequencies = texts::inverse_document_frequencies(vocabulary);
    const auto terms = recommendation::term_keys(communicator, vocabulary, budget);
    data::Reservation vectors_memory;
    auto vectors = comm::collective_try(communicator, "weigh terms", [&] {
      auto made = texts::tf_idf(read.documents, reader, vocabulary, frequencies, {options_.sublinear}, budget, vectors_memory);
      read.documents = {};
      read.memory = {};
      return SparseRows{std::move(made.starts), std::move(made.terms), std::move(made.weights)};
    });
    note_vectors(context, vectors);
    const auto content = recommendation::content_matrix(communicator, std::move(vectors), read.shares, vocabulary.size(), budget);
    write_neighbours(context, content.matrix, read);
    write_terms(context, terms, vocabulary, frequencies);
    if (options_.vectors) {
      const auto entries = communicator.sum_value(content.matrix.of_customers.entries());
      const auto writer = context.create("vectors", entries, {}, {read.items.string_width(), terms.string_width()});
      recommendation::write_entries(communicator, content.matrix.of_customers, read.shares, read.items, terms, vectors_, *writer);
      writer->finish();
    }
    if (context.has_input(matrix_slot)) write_profiles(context, content.matrix.of_customers, read, terms);
  }

 private:
  static data::Field renamed(data::Field field, const char* name) {
    field.name = name;
    return field;
  }
  static data::Field term_field() { return {.name = "term", .type = data::Type::string}; }
  static data::Schema terms_schema() {
    return {.fields = {term_field(), {.name = "items", .type = data::Type::int64}, {.name = "idf", .type = data::Type::float64}},
            .key = "term"};
  }

  bool check_item(runtime::CheckContext& context, int column) const {
    const auto& field = context.input(items_slot)[column];
    if (field.type == data::Type::int64 || data::is_text(field.type)) return true;
    context.error("item", fmt::format("column '{}' is {} and names no items", field.name, data::type_text(field)),
                  "an item is a whole number or a text");
    return false;
  }

  bool add_text(runtime::CheckContext& context, std::size_t i) {
    const auto path = fmt::format("texts[{}]", i);
    const auto column = context.column(path, options_.texts[i], items_slot);
    if (!column) return false;
    const auto& field = context.input(items_slot)[*column];
    texts_.push_back(*column);
    if (data::is_text(field.type)) return true;
    context.error(path, fmt::format("column '{}' is {} and has no texts", field.name, data::type_text(field)),
                  "name columns of strings or categories");
    return false;
  }

  static bool check_same_items(runtime::CheckContext& context, int item, int bought) {
    const auto& field = context.input(items_slot)[item];
    const auto& other = context.input(matrix_slot)[bought];
    if (data::is_text(field.type) == data::is_text(other.type)) return true;
    context.error("item",
                  fmt::format("items of other types: '{}' of the items is {}, '{}' of the matrix is {}", field.name,
                              data::type_text(field), other.name, data::type_text(other)),
                  "import both alike");
    return false;
  }

  static void note_vectors(runtime::StepContext& context, const SparseRows& vectors) {
    auto& communicator = context.communicator();
    std::int64_t empty = 0;
    for (std::int64_t row = 0; row < vectors.rows(); ++row) empty += vectors.length(row) == 0;
    context.note("items_without_terms", communicator.sum_value(empty));
    context.note("entries", communicator.sum_value(vectors.entries()));
  }

  static void write_terms(runtime::StepContext& context, const recommendation::SideKeys& terms,
                          const texts::Vocabulary& vocabulary, const std::vector<double>& frequencies) {
    auto& communicator = context.communicator();
    const auto own = comm::own_rows(communicator, terms.rows());
    const auto schema = terms_schema();
    const auto writer = context.create("terms", terms.rows(), {}, {terms.string_width()});
    prepare::write_rows(
        communicator, own.size(),
        [&](std::int64_t first, std::int64_t last) {
          const auto begin = own.first + first;
          const auto end = own.first + last;
          data::Batch batch;
          batch.columns.push_back(terms.keys({begin, end}));
          batch.columns.emplace_back(
              schema[1], std::vector<std::int64_t>(vocabulary.documents.begin() + begin, vocabulary.documents.begin() + end));
          batch.columns.emplace_back(schema[2], std::vector<double>(frequencies.begin() + begin, frequencies.begin() + end));
          return batch;
        },
        *writer);
    writer->finish();
  }

  void write_neighbours(runtime::StepContext& context, const recommendation::Interactions& matrix,
                        const recommendation::ItemTexts& items) const {
    auto& communicator = context.communicator();
    const recommendation::NeighbourOptions options{.of = recommendation::Side::customers,
                                                   .likeness = recommendation::Likeness::cosine,
                                                   .neighbours = options_.neighbours,
                                                   .least_common = options_.least_common};
    const auto found =
        recommendation::find_neighbours(communicator, matrix, options, context.budget(),
                                        [&](std::int64_t done, std::int64_t total) { context.progress(done, total, "items"); });
    const auto entries = recommendation::total_entries(communicator, found.lists);
    std::int64_t without = 0;
    for (std::int64_t row = 0; row < found.lists.rows(); ++row) without += found.lists.length(row) == 0;
    context.note("items_without_neighbours", communicator.sum_value(without));
    if (entries == 0) context.warn("no two items have a term in common: the table has no rows");
    const auto width = items.items.string_width();
    const auto writer = context.create("", entries, {}, {width, 0, width});
    recommendation::write_ranked(communicator, found.lists, items.shares, items.items, items.items, neighbours_, *writer,
                                 [&](std::int64_t first, std::int64_t last) {
                                   std::vector<data::Column> columns;
                                   columns.emplace_back(
                                       neighbours_.more.front(),
                                       std::vector<std::int64_t>(found.common.begin() + first, found.common.begin() + last));
                                   return columns;
                                 });
    writer->finish();
  }

  void write_profiles(runtime::StepContext& context, const SparseRows& vectors, const recommendation::ItemTexts& items,
                      const recommendation::SideKeys& terms) const {
    auto& communicator = context.communicator();
    auto& budget = context.budget();
    const auto pairs = recommendation::read_interactions(communicator, context.input(matrix_slot), pairs_, budget);
    note_pairs_left_out(context, pairs);
    const auto profiles = recommendation::customer_profiles(communicator, pairs.matrix.of_customers, pairs.items, vectors,
                                                            items.shares, items.items, terms.rows(), options_.top_terms, budget);
    context.note("customers", pairs.customers.rows());
    context.note("customers_without_profile", pairs.customers.rows() - profiles.served);
    if (profiles.served == 0)
      context.warn("nobody has an item with a text, so there is no profile; see whether matrix and items call items the same");
    const auto writer = context.create("profiles", recommendation::total_entries(communicator, profiles.lists), {},
                                       {pairs.customers.string_width(), 0, terms.string_width()});
    recommendation::write_ranked(communicator, profiles.lists, pairs.matrix.customers, pairs.customers, terms, profiles_,
                                 *writer);
    writer->finish();
  }

  ContentOptions options_;
  int item_ = 0;
  std::vector<int> texts_;
  recommendation::InteractionColumns pairs_;
  recommendation::RankedTable neighbours_;
  data::Schema vectors_;
  recommendation::RankedTable profiles_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> content_kind() {
  return runtime::make_job_kind<ContentOptions, Content>(description(),
                                                         {{"items", "A row an item, or several, with its texts.", true},
                                                          {"matrix", "Who bought what: customers, items and values.", false}});
}

}  // namespace fullbase::jobs
