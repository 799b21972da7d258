#include "algorithms/texts/document_terms.hpp"

#include <algorithm>
#include <span>

#include "algorithms/texts/text_numbers.hpp"
#include "base/math.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::texts {
namespace {

constexpr std::int64_t documents_of_piece = 256;

/// Documents that follow each other.
struct Piece {
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> terms;
  std::vector<float> weights;
  data::Reservation memory;
};

class Weighing {
 public:
  Weighing(const Documents& documents, const TermReader& reader, const TextNumbers& numbers,
           const std::vector<double>& frequencies, const WeightOptions& options)
      : documents_(documents), reader_(reader), numbers_(numbers), frequencies_(frequencies), options_(options) {}

  Piece piece(std::int64_t first, std::int64_t last) const {
    Piece piece;
    data::Strings terms;
    std::vector<std::int32_t> met;
    for (auto document = first; document < last; ++document) {
      met.clear();
      for (auto text = documents_.starts[static_cast<std::size_t>(document)];
           text < documents_.starts[static_cast<std::size_t>(document) + 1]; ++text) {
        terms.clear();
        reader_.read(documents_.texts[text], terms);
        for (std::int64_t i = 0; i < terms.size(); ++i) {
          const auto number = numbers_.find(terms[i]);
          if (number >= 0) met.push_back(number);
        }
      }
      std::ranges::sort(met);
      add(met, piece);
    }
    return piece;
  }

 private:
  void add(std::span<const std::int32_t> met, Piece& piece) const {
    const auto before = piece.terms.size();
    std::vector<double> weights;
    double squares = 0;
    for (std::size_t i = 0; i < met.size();) {
      const auto first = i;
      while (i < met.size() && met[i] == met[first]) ++i;
      const auto times = static_cast<double>(i - first);
      const double weight =
          (options_.sublinear ? 1 + base::log(times) : times) * frequencies_[static_cast<std::size_t>(met[first])];
      piece.terms.push_back(met[first]);
      weights.push_back(weight);
      squares += weight * weight;
    }
    const double length = base::sqrt(squares);
    for (const double weight : weights) piece.weights.push_back(static_cast<float>(weight / length));
    piece.lengths.push_back(static_cast<std::int64_t>(piece.terms.size() - before));
  }

  const Documents& documents_;
  const TermReader& reader_;
  const TextNumbers& numbers_;
  const std::vector<double>& frequencies_;
  const WeightOptions& options_;
};

}  // namespace

std::vector<double> inverse_document_frequencies(const Vocabulary& vocabulary) {
  std::vector<double> frequencies;
  frequencies.reserve(vocabulary.documents.size());
  for (const auto documents : vocabulary.documents)
    frequencies.push_back((1 + static_cast<double>(vocabulary.all_documents)) / (1 + static_cast<double>(documents)));
  base::log(frequencies, std::span(frequencies));
  for (double& frequency : frequencies) frequency += 1;
  return frequencies;
}

TermVectors tf_idf(const Documents& documents, const TermReader& reader, const Vocabulary& vocabulary,
                   const std::vector<double>& frequencies, const WeightOptions& options, data::Budget& budget,
                   data::Reservation& memory) {
  TextNumbers numbers(budget);
  for (std::int32_t term = 0; term < vocabulary.size(); ++term) numbers.add((*vocabulary.terms)[term]);
  const Weighing weighing(documents, reader, numbers, frequencies, options);
  std::vector<Piece> pieces(static_cast<std::size_t>((documents.size() + documents_of_piece - 1) / documents_of_piece));
  parallel::for_each(0, std::ssize(pieces), [&](std::int64_t p, int) {
    const auto first = p * documents_of_piece;
    auto piece = weighing.piece(first, std::min(first + documents_of_piece, documents.size()));
    piece.memory = budget.require(8 * std::ssize(piece.terms), "the vectors of texts");
    pieces[static_cast<std::size_t>(p)] = std::move(piece);
  });
  TermVectors vectors;
  std::int64_t entries = 0;
  for (const auto& piece : pieces) entries += std::ssize(piece.terms);
  memory = budget.require(8 * entries + 8 * documents.size(), "the vectors of texts");
  vectors.starts.reserve(static_cast<std::size_t>(documents.size()) + 1);
  vectors.terms.reserve(static_cast<std::size_t>(entries));
  vectors.weights.reserve(static_cast<std::size_t>(entries));
  for (auto& piece : pieces) {
    for (const auto length : piece.lengths) vectors.starts.push_back(vectors.starts.back() + length);
    vectors.terms.insert(vectors.terms.end(), piece.terms.begin(), piece.terms.end());
    vectors.weights.insert(vectors.weights.end(), piece.weights.begin(), piece.weights.end());
    piece = {};
  }
  return vectors;
}

}  // namespace fullbase::texts
