// Reading a table of 32 float32 columns: open_table's read() with its checksums, against bare pread of the same bytes. Usage:
// read_table FOLDER [rows] [threads] [cold]; prints GB/s of both (the best of 7 runs in turn) and their ratio. The file stays in
// the page cache, or with `cold` is taken out of it before each pass.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "comm/launch.hpp"
#include "parallel/for_each.hpp"
#include "store/file.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace {

using namespace fullbase;

constexpr int columns = 32;
constexpr std::int64_t run_blocks = 64;

data::Batch make_rows(const data::Schema& schema, base::RowRange rows) {
  data::Batch batch;
  batch.rows = rows;
  for (int i = 0; i < columns; ++i) {
    auto& column = batch.columns.emplace_back(schema[i], rows.size());
    const auto values = column.float32s();
    for (std::size_t row = 0; row < values.size(); ++row)
      values[row] = static_cast<float>(rows.first + static_cast<std::int64_t>(row) * (i + 1));
  }
  return batch;
}

template <class F>
double seconds(F&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: read_table FOLDER [rows] [threads] [cold]\n", stderr);
    return 2;
  }
  const std::int64_t rows = argc > 2 ? std::atoll(argv[2]) : 4'000'000;
  if (argc > 3) parallel::set_thread_count(std::atoi(argv[3]));
  const std::string path = std::string(argv[1]) + "/read_table.h5";
  store::remove_file(path);
  data::Schema schema;
  std::vector<int> all;
  for (int i = 0; i < columns; ++i) {
    schema.fields.push_back({.name = fmt::format("c{}", i), .type = data::Type::float32});
    all.push_back(i);
  }
  const auto alone = comm::single();
  const auto writer = store::TableWriter::create(*alone, path, "/t", schema, rows);
  const std::int64_t runs = (base::block_count(rows) + run_blocks - 1) / run_blocks;
  const auto rows_of_run = [&](std::int64_t run) {
    return base::rows_of_blocks({run * run_blocks, std::min(base::block_count(rows), (run + 1) * run_blocks)}, rows);
  };
  const double write = seconds([&] {
    parallel::for_each(0, runs, [&](std::int64_t run, int) { writer->write(make_rows(schema, rows_of_run(run))); });
    writer->finish();
  });

  const auto table = store::open_table(path, "/t");
  const store::File file = store::File::open_read(path);
  const std::int64_t bytes = rows * columns * 4;
  const bool cold = argc > 4;
  const auto make_cold = [&] {
    if (cold) ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  };
  double ours = 1e9;
  double bare = 1e9;
  for (int repeat = 0; repeat < 7; ++repeat) {
    make_cold();
    ours = std::min(
        ours, seconds([&] { parallel::for_each(0, runs, [&](std::int64_t run, int) { table->read(rows_of_run(run), all); }); }));
    make_cold();
    bare = std::min(bare, seconds([&] {
                      parallel::for_each(0, runs, [&](std::int64_t run, int) {
                        // A buffer a run, as the table's columns are.
                        const auto run_rows = rows_of_run(run);
                        std::vector<std::byte> buffer(static_cast<std::size_t>(run_rows.size() * 4));
                        for (int i = 0; i < columns; ++i) file.read_at((run_rows.first + rows * i) * 4, buffer);
                      });
                    }));
  }
  const double gigabytes = static_cast<double>(bytes) / 1e9;
  fmt::print("rows {}, threads {}: write {:.2f} GB/s, pread {:.2f} GB/s, read {:.2f} GB/s, ratio {:.2f}\n", rows,
             parallel::thread_count(), gigabytes / write, gigabytes / bare, gigabytes / ours, bare / ours);
  store::remove_file(path);
  return 0;
}
