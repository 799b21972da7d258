// Our side of `run.sh itemsets` where a process takes longer to start than to work, and of scaling/run.sh itemsets.
// usage: peer_itemsets BASKETS DELIMITER LEAST THREADS TARGET
// BASKETS: a basket a line, its items delimited by DELIMITER (one character: items are texts; `blanks`: items are numbers).
// TARGET: a folder that is made; rank R writes part-R, a line "item item (count)" a set, and synchronises it. Every rank
// takes part and holds all lines. Prints a line of JSON: seconds from the opening of the file to the sets on disk, of them
// those of reading, of mining (from the lines in memory to the sets in memory) and of writing; sets; bytes that all ranks
// sent while they mined, by stage, and what the docstrings let expect.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/eclat.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "base/error.hpp"
#include "benchmarks/peers/plain_files.hpp"
#include "comm/launch.hpp"
#include "comm/statistics.hpp"
#include "data/dictionary.hpp"
#include "data/memory_table.hpp"
#include "parallel/for_each.hpp"

namespace {

using namespace fullbase;

/// Lines of a piece of the file, counted from 0.
struct Piece {
  std::string_view text;
  std::vector<std::int64_t> baskets = {};
  std::vector<std::int64_t> numbers = {};  ///< items that are numbers
  std::vector<std::int32_t> codes = {};    ///< items that are texts
  data::DictionaryPointer dictionary = nullptr;
  std::int64_t lines = 0;
};

/// Calls take(line, item) for each item; returns the number of lines.
template <class Take>
std::int64_t for_each_item(std::string_view text, char delimiter, Take take) {
  std::int64_t line = 0;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < text.size(); ++end) {
    if (text[end] != delimiter && text[end] != '\n') continue;
    if (end > begin) take(line, text.substr(begin, end - begin));
    begin = end + 1;
    line += text[end] == '\n' ? 1 : 0;
  }
  return line;
}

void read_numbers(Piece& piece) {
  piece.lines = for_each_item(piece.text, ' ', [&](std::int64_t line, std::string_view item) {
    piece.baskets.push_back(line);
    std::from_chars(item.data(), item.data() + item.size(), piece.numbers.emplace_back());
  });
}

void read_texts(Piece& piece, char delimiter) {
  std::unordered_map<std::string_view, std::int32_t> seen;
  piece.lines = for_each_item(piece.text, delimiter, [&](std::int64_t line, std::string_view item) {
    piece.baskets.push_back(line);
    piece.codes.push_back(seen.try_emplace(item, static_cast<std::int32_t>(seen.size())).first->second);
  });
  const std::map<std::string_view, std::int32_t> sorted(seen.begin(), seen.end());
  std::vector<std::int32_t> code(sorted.size());
  data::Strings texts;
  for (const auto& [item, number] : sorted) {
    code[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(texts.size());
    texts.push_back(item);
  }
  for (auto& value : piece.codes) value = code[static_cast<std::size_t>(value)];
  piece.dictionary = std::make_shared<const data::Dictionary>(std::move(texts));
}

/// Cut behind ends of lines, a piece a thread; a short text is one.
std::vector<Piece> cut(std::string_view text) {
  std::vector<Piece> pieces;
  const auto count =
      parallel::grain_of(parallel::thread_count(), 0.2 * static_cast<double>(text.size())) == 1 ? parallel::thread_count() : 1;
  const auto each = text.size() / static_cast<std::size_t>(count) + 1;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', std::min(begin + each, text.size() - 1)), text.size() - 1) + 1;
    pieces.push_back({text.substr(begin, end - begin)});
    begin = end;
  }
  return pieces;
}

/// Columns basket (the line's number) and item.
data::MemoryTable lines_of(const std::string& path, const std::string& delimiter) {
  std::string text(static_cast<std::size_t>(std::filesystem::file_size(path)), '\0');
  std::ifstream(path, std::ios::binary).read(text.data(), static_cast<std::streamsize>(text.size()));
  const bool numbers = delimiter == "blanks";
  auto pieces = cut(text);
  parallel::for_each(0, static_cast<std::int64_t>(pieces.size()), [&](std::int64_t i, int) {
    auto& piece = pieces[static_cast<std::size_t>(i)];
    numbers ? read_numbers(piece) : read_texts(piece, delimiter.at(0));
  });

  std::vector<data::DictionaryPointer> dictionaries;
  for (const auto& piece : pieces)
    dictionaries.push_back(numbers ? std::make_shared<const data::Dictionary>() : piece.dictionary);
  const auto united = data::unite(dictionaries);
  std::vector<data::Batch> batches;
  std::int64_t line = 1;
  std::int64_t row = 0;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    auto& piece = pieces[p];
    for (auto& basket : piece.baskets) basket += line;
    for (auto& code : piece.codes) code = united.remap[p][static_cast<std::size_t>(code)];
    line += piece.lines;
    const auto rows = static_cast<std::int64_t>(piece.baskets.size());
    data::Batch batch{.rows = {row, row + rows}, .columns = {}};
    batch.columns.emplace_back(data::Field{.name = "basket", .type = data::Type::int64}, std::move(piece.baskets));
    if (numbers) {
      batch.columns.emplace_back(data::Field{.name = "item", .type = data::Type::int64}, std::move(piece.numbers));
    } else {
      batch.columns.emplace_back(data::Field{.name = "item", .type = data::Type::category}, std::move(piece.codes),
                                 std::vector<std::uint8_t>(), united.dictionary);
    }
    batches.push_back(std::move(batch));
    row += rows;
  }
  return {"baskets", std::move(batches)};
}

struct Found {
  itemsets::FrequentItems items;
  prepare::ValueSlots slots;
  itemsets::MinedSets mined;
  std::int64_t occurrence_bytes = 0;  ///< that change rank, at most: see gather_occurrences()
};

/// Where baskets lie has nothing to do with what is in them: a class's owner lacks (ranks - 1) / ranks of its rows. Equal ones
/// are sent as fewer.
std::int64_t occurrence_bytes(const std::vector<itemsets::ClassOutline>& classes, int ranks) {
  std::int64_t bytes = 0;
  for (const auto& each : classes)
    bytes += each.as_lists() ? 4 * each.entries + 12 * each.baskets : std::ssize(each.items) * each.baskets / 8;
  return bytes * (ranks - 1) / ranks;
}

Found mine(comm::Communicator& communicator, const data::MemoryTable& lines, std::int64_t least, data::Budget& budget,
           data::Spill& spill) {
  std::optional<comm::StageScope> stage(std::in_place, communicator.statistics(), "items");
  auto slots = prepare::ValueSlots::build(communicator, lines, 1, budget);
  const itemsets::BasketReader reader(communicator, lines, nullptr, {.item = 1, .keys = {0}}, slots, std::nullopt, budget);
  itemsets::BasketStore all(budget.limit(), budget, spill);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(slots.size()));
  const auto facts = reader.for_each([&](itemsets::Baskets&& baskets, std::int64_t pass, std::int64_t piece, int) {
    itemsets::count_items(baskets, counts);
    all.add(std::move(baskets), pass, piece);
  });
  communicator.sum(std::span(counts));
  auto items = itemsets::frequent_items(counts, {}, least);
  const auto baskets = itemsets::reduce(std::move(all), items, itemsets::BasketStore(budget.limit(), budget, spill));
  stage.reset();
  const auto pairs = itemsets::count_pairs(communicator, baskets, items.size(), least, budget);
  stage.emplace(communicator.statistics(), "eclat");
  const itemsets::MiningOptions options{.least = least, .baskets = facts.baskets};
  auto mined = itemsets::mine_eclat(communicator, baskets, items, pairs, options, budget);
  const auto expected = occurrence_bytes(itemsets::outline_classes(items, pairs, facts.baskets, least), communicator.size());
  return {std::move(items), std::move(slots), std::move(mined), expected};
}

/// Lines "item item (count)" of this rank's runs.
void write_sets(const Found& found, const std::string& separator, const std::string& path) {
  std::string text;
  const auto item_names = found.slots.texts(found.items.slots);
  // What stands before the last item of the sets of each size that are open.
  std::vector<std::string> names(1);
  for (const auto& run : found.mined.runs) {
    // A run whose sets begin with two items leaves the first of them to be told.
    names.resize(1);
    names.push_back(std::string(item_names[run.rarest]) + separator);
    for (std::size_t i = 0; i < run.sets.items.size(); ++i) {
      const std::size_t size = run.sets.sizes[i];
      const auto name = item_names[run.sets.items[i]];
      fmt::format_to(std::back_inserter(text), "{}{} ({})\n", names[size - 1], name, run.sets.counts[i]);
      names.resize(size);
      names.push_back(fmt::format("{}{}{}", names[size - 1], name, separator));
    }
  }
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  const auto written = ::write(file, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(file) != 0 || ::close(file) != 0)
    throw base::io_error("cannot write", path);
}

void run(comm::Communicator& communicator, const std::vector<std::string>& arguments) {
  const std::string& delimiter = arguments.at(1);
  const auto least = std::stoll(arguments.at(2));
  parallel::set_thread_count(std::stoi(arguments.at(3)));
  const std::filesystem::path target = arguments.at(4);
  data::Budget budget(std::int64_t{1} << 40);
  peers::NoSpill spill;

  communicator.barrier();
  const auto begin = std::chrono::steady_clock::now();
  const auto since = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const auto lines = lines_of(arguments.at(0), delimiter);
  communicator.barrier();
  const double read = since();
  const auto found = mine(communicator, lines, least, budget, spill);
  const auto sent = communicator.statistics();
  communicator.barrier();
  const double mined = since();
  std::filesystem::create_directories(target);
  write_sets(found, delimiter == "blanks" ? " " : delimiter, target / fmt::format("part-{}", communicator.rank()));
  communicator.barrier();
  const double seconds = since();

  std::int64_t sets = 0;
  for (const auto& each : found.mined.runs) sets += each.sets.size();
  sets = communicator.sum_value(sets);
  std::vector<std::string> by_stage;
  for (const auto* stage : {"items", "pairs", "eclat"})
    by_stage.push_back(fmt::format(R"("{}": {})", stage, communicator.sum_value(sent.total(stage).bytes)));
  if (!communicator.is_root()) return;
  const std::int64_t items = found.items.size();
  const std::int64_t ranks = communicator.size();
  fmt::print(R"({{"seconds": {:.6f}, "reading": {:.6f}, "mining": {:.6f}, "writing": {:.6f}, "sets": {}, "frequent_items": {}, )"
             R"("sent": {{{}}}, "expected": {{"items": {}, "pairs": {}, "eclat": {}}}}})"
             "\n",
             seconds, read, mined - read, seconds - mined, sets, items, fmt::join(by_stage, ", "), 8 * found.slots.size() * ranks,
             8 * (items * (items - 1) / 2) * ranks, found.occurrence_bytes);
}

}  // namespace

int main(int argc, char** argv) {
  return fullbase::peers::main_of(argc, argv, run);
}
