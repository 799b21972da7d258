#include "store/csv/dialect_guess.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

#include "store/csv/dialect.hpp"
#include "store/csv/encoding.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {
namespace {

constexpr std::size_t sample_bytes = std::size_t{1} << 18;
constexpr double least_alike = 0.9;

/// The sample's whole records, and scan_padding bytes.
struct Sample {
  std::vector<char> text;
  std::size_t size = 0;
};

Sample read_sample(const InputFile& file) {
  Sample sample;
  sample.text.resize(sample_bytes + 1 + scan_padding);
  sample.size = file.text(0)->read(std::span(sample.text).first(sample_bytes));
  if (sample.size < sample_bytes && sample.size > 0 && sample.text[sample.size - 1] != '\n') sample.text[sample.size++] = '\n';
  return sample;
}

/// Fields of each record that is not blank.
std::vector<std::size_t> field_counts(const Sample& sample, const Dialect& dialect) {
  Marks marks;
  scan(dialect, State::record_start, std::span(sample.text).first(sample.size), marks);
  std::vector<std::size_t> counts;
  std::size_t field = 0;
  std::uint32_t start = 0;
  for (std::size_t record = 0; record < marks.records; ++record) {
    const auto end = marks.record_ends[record];
    const auto first = field;
    while (field < marks.fields && marks.field_ends[field] <= end) ++field;
    const std::string_view line(sample.text.data() + start, end - start);
    if (!std::ranges::all_of(line, Dialect::is_blank)) counts.push_back(field - first);
    start = end + 1;
  }
  return counts;
}

/// The share of records with as many fields as the first; 0 if that has one alone.
double alike(const std::vector<std::size_t>& counts) {
  if (counts.empty() || counts.front() < 2) return 0;
  return static_cast<double>(std::ranges::count(counts, counts.front())) / static_cast<double>(counts.size());
}

std::string guess_delimiter(const Sample& sample) {
  std::string best = ",";
  double best_alike = 0;
  std::size_t best_fields = 0;
  for (const char* const candidate : {",", ";", "tab", "|"}) {
    CsvOptions options;
    options.delimiter = candidate;
    const auto counts = field_counts(sample, dialect_of(options));
    const double share = alike(counts);
    if (share < least_alike || share < best_alike || (share == best_alike && counts.front() <= best_fields)) continue;
    best = candidate;
    best_alike = share;
    best_fields = counts.front();
  }
  if (best_alike > 0) return best;
  CsvOptions options;
  options.delimiter = "blanks";
  return alike(field_counts(sample, dialect_of(options))) >= least_alike ? "blanks" : best;
}

/// Fields that begin and end with `quote`.
std::int64_t quoted_fields(const Sample& sample, const std::string& delimiter, char quote) {
  CsvOptions options;
  options.delimiter = delimiter;
  options.quote = {};
  Marks marks;
  scan(dialect_of(options), State::record_start, std::span(sample.text).first(sample.size), marks);
  std::int64_t found = 0;
  std::uint32_t start = 0;
  for (std::size_t field = 0; field < marks.fields; ++field) {
    std::string_view text(sample.text.data() + start, marks.field_ends[field] - start);
    if (text.ends_with('\r')) text.remove_suffix(1);
    found += text.size() > 1 && text.front() == quote && text.back() == quote;
    start = marks.field_ends[field] + 1;
  }
  return found;
}

std::string guess_basket_delimiter(const Sample& sample) {
  std::string_view text(sample.text.data(), sample.size);
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (std::ranges::all_of(text, [](char c) { return ('0' <= c && c <= '9') || c == '\n' || Dialect::is_blank(c); }))
    return "blanks";
  std::string best;
  std::size_t most = 0;
  for (const char* const candidate : {",", ";", "tab", "|"}) {
    CsvOptions options;
    options.delimiter = candidate;
    const auto counts = field_counts(sample, dialect_of(options));
    const auto fields = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    if (fields > most || best.empty()) best = candidate;
    most = std::max(most, fields);
  }
  return best;
}

/// `guess`: the delimiter of a sample.
GuessedDialect dialect_of_sample(const InputFile& file, const std::string& given, std::string (*guess)(const Sample&)) {
  const auto sample = read_sample(file);
  GuessedDialect dialect;
  dialect.delimiter = given.empty() ? guess(sample) : given;
  if (quoted_fields(sample, dialect.delimiter, '"') == 0 && quoted_fields(sample, dialect.delimiter, '\'') > 0)
    dialect.quote = "'";
  return dialect;
}

}  // namespace

GuessedDialect guess_dialect(const InputFile& file, const std::string& given) {
  return dialect_of_sample(file, given, guess_delimiter);
}

GuessedDialect guess_basket_dialect(const InputFile& file, const std::string& given) {
  return dialect_of_sample(file, given, guess_basket_delimiter);
}

}  // namespace fullbase::store::csv
