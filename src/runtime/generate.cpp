#include "runtime/generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/synthetic/tables.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "store/copy_table.hpp"
#include "store/store.hpp"
#include "store/table_reader.hpp"

namespace fullbase::runtime {
namespace {

constexpr std::string_view mark = "generated: ";

/// Everything that the generated tables depend on.
std::string identity(const synthetic::Options& options) {
  return fmt::format("{}customers {}, lines {}, items {}, lines an order {}, returns {}, days {} to {}, seed {}", mark,
                     options.customers, options.lines, options.items, options.lines_per_order, options.return_share,
                     options.first_day, options.last_day, options.seed);
}

store::SourceIdentity source_identity(const synthetic::Options& options) {
  const auto text = identity(options);
  const auto hash = base::hex(base::sha256(text));
  return {text, 0, 0, hash, hash};
}

/// A generated text column holds texts of one length.
std::vector<std::int32_t> string_widths(const data::BlockSource& source) {
  std::vector<std::int32_t> widths;
  for (int column = 0; column < source.schema().columns(); ++column) {
    std::int32_t width = 0;
    if (source.schema()[column].type == data::Type::string && source.rows() > 0) {
      const auto last = source.read({source.rows() - 1, source.rows()}, std::vector<int>{column});
      width = static_cast<std::int32_t>(last[0].text(0).size());
    }
    widths.push_back(width);
  }
  return widths;
}

store::StoreTable write_table(comm::Communicator& communicator, store::StoreWriter& store, const data::BlockSource& source,
                              const store::SourceIdentity& identity, Progress& progress) {
  const auto path = store.new_part(source.name());
  store::copy_table(communicator, source, path, "/rows", string_widths(source), 0600,
                    [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  const auto checksum = store::written_checksum(communicator, path, "/rows");
  const auto seal = store::seal_of(communicator, path);
  return {source.schema(),
          {{.file = std::filesystem::path(path).filename().string(),
            .rows = source.rows(),
            .source = identity,
            .checksum = checksum,
            .seal = seal}}};
}

/// Nothing that somebody imported is lost to a name that happens to be the same.
void require_generated(const store::Catalog& catalog, const char* name, const std::string& folder) {
  const auto table = catalog.tables.find(name);
  if (table == catalog.tables.end() || is_generated(table->second)) return;
  throw base::usage_error(fmt::format("the store's table '{}' was imported, not generated, and would be replaced", name),
                          "store " + folder, "give --store another folder, or --force to replace it")
      .known_to_all();
}

}  // namespace

bool is_generated(const store::StoreTable& table) {
  // A file that has such a name has bytes.
  const auto made_here = [](const store::Part& part) { return part.source.path.starts_with(mark) && part.source.bytes == 0; };
  return !table.parts.empty() && std::ranges::all_of(table.parts, made_here);
}

GenerateReport generate_store(comm::Communicator& communicator, const std::string& folder, const synthetic::Options& options,
                              bool replaces_others, Progress& progress) {
  const comm::StageScope stage(communicator.statistics(), "generate");
  const GenerateReport report{options.customers, options.lines, true};
  store::StoreWriter writer(communicator, folder);
  auto catalog = writer.catalog();
  const auto source = source_identity(options);
  const auto is_there = [&](const char* name) {
    const auto table = catalog.tables.find(name);
    return table != catalog.tables.end() && table->second.parts.size() == 1 && table->second.parts[0].source == source;
  };
  if (is_there("transactions") && is_there("customers")) return {options.customers, options.lines, false};
  if (!replaces_others) {
    for (const auto* const name : {"transactions", "customers"}) require_generated(catalog, name, folder);
  }

  const auto purchases =
      comm::collective_try(communicator, "orders", [&] { return std::make_shared<const synthetic::Purchases>(options); });
  const auto make = [&](const char* name, int number, const data::BlockSource& table) {
    const auto start = std::chrono::steady_clock::now();
    progress.begin_step(name, "generate", number, 2);
    catalog.tables[name] = write_table(communicator, writer, table, source, progress);
    progress.end_step(base::seconds_since(start), base::format_count(table.rows()) + " rows");
  };
  make("transactions", 1, synthetic::Transactions(purchases));
  make("customers", 2, synthetic::Customers(purchases));
  writer.commit(catalog);
  return report;
}

}  // namespace fullbase::runtime
