// Seconds of a CSV import into a store by stage: csv_import FILE.csv FOLDER [THREADS]. The file has the columns of
// benchmarks/peers/import.py; the folder is emptied first.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "comm/launch.hpp"
#include "parallel/for_each.hpp"
#include "store/csv/content_digest.hpp"
#include "store/csv/import.hpp"
#include "store/csv/layout.hpp"
#include "store/input_files.hpp"
#include "store/spill.hpp"

namespace {

using namespace fullbase;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
/// Of all threads: what is left of a measurement on a busy machine.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

class NullSink final : public data::BlockSink {
 public:
  void write(const data::Batch&) override {}
};

store::CsvOptions transaction_columns() {
  store::CsvOptions options;
  options.columns = {{.source = "invoice", .type = data::Type::string, .required = true},
                     {.source = "customer", .type = data::Type::category},
                     {.source = "time", .type = data::Type::timestamp, .required = true},
                     {.source = "quantity", .type = data::Type::int64, .required = true},
                     {.source = "price", .type = data::Type::decimal, .scale = 2, .required = true}};
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[2];
  parallel::set_thread_count(argc > 3 ? std::atoi(argv[3]) : 2);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto communicator = comm::single();
  data::Budget budget(std::int64_t{8} << 30);
  store::FileSpill spill(folder);
  const store::CsvOptions options = transaction_columns();

  const store::csv::InputFile file(argv[1]);
  double start = seconds();
  const double before = processor_seconds();
  {
    const store::csv::ParsedFile parsed(*communicator, file, store::csv::read_layout(file, options), options, {}, budget, spill);
    const double after_parse = seconds();
    const double processors = processor_seconds() - before;
    NullSink sink;
    parsed.write(*communicator, sink);
    std::printf("parse, digest and dictionary %.3f s (processors %.3f s), copy to batches %.3f s, %lld rows\n",
                after_parse - start, processors, seconds() - after_parse, static_cast<long long>(parsed.rows()));
  }
  start = seconds();
  const std::string digest = store::csv::content_digest(*communicator, file);
  std::printf("digest alone %.3f s\n", seconds() - start);

  start = seconds();
  const auto import = [&] {
    const double begin = seconds();
    const double processors = processor_seconds();
    store::StoreWriter writer(*communicator, folder);
    const store::ImportReport report =
        import_csv(*communicator, writer, "transactions", {store::source_file(argv[1])}, options, budget, spill);
    std::printf("import%s %.3f s (processors %.3f s), %lld rows\n", report.changed ? "" : " of what is there", seconds() - begin,
                processor_seconds() - processors, static_cast<long long>(report.rows));
  };
  import();
  import();
}
