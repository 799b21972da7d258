#include "algorithms/describe/text_lengths.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::describe {
namespace {

constexpr auto no_text = std::numeric_limits<std::int64_t>::max();

std::int64_t characters(std::string_view text) {
  // Bytes that continue a UTF-8 character are 10xxxxxx.
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

void add(TextLengths& lengths, const TextLengths& other) {
  lengths.texts += other.texts;
  lengths.shortest = std::min(lengths.shortest, other.shortest);
  lengths.longest = std::max(lengths.longest, other.longest);
  lengths.characters += other.characters;
}

}  // namespace

TextLengths text_lengths(comm::Communicator& communicator, const data::BlockSource& source, int column) {
  const auto rows = comm::own_rows(communicator, source.rows());
  std::vector<TextLengths> parts(static_cast<std::size_t>(parallel::thread_count()), TextLengths{0, no_text, 0, 0});
  comm::collective_try(communicator, "read texts", [&] {
    parallel::scan(source, rows, std::span(&column, 1), [&](data::Batch&& batch, int thread) {
      const auto& texts = batch[0];
      for (std::int64_t row = 0; row < texts.rows(); ++row) {
        if (texts.is_missing(row)) continue;
        const auto length = characters(texts.text(row));
        add(parts[static_cast<std::size_t>(thread)], {1, length, length, length});
      }
    });
  });
  TextLengths all{0, no_text, 0, 0};
  for (const auto& part : parts) add(all, part);
  all.texts = communicator.sum_value(all.texts);
  all.characters = communicator.sum_value(all.characters);
  all.shortest = communicator.min_value(all.shortest);
  all.longest = communicator.max_value(all.longest);
  if (all.texts == 0) all.shortest = 0;
  return all;
}

}  // namespace fullbase::describe
