// The same file and digest from 1 to 4 processes: the digest is a constant of the format.
#include <gmock/gmock.h>

#include <optional>

#include "comm/agreement.hpp"
#include "mpi_world.hpp"
#include "sample_table.hpp"
#include "store/digest.hpp"
#include "store/file.hpp"
#include "store/table_reader.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {
namespace {

TEST(TableMpi, TheDigestIsThatOfTheSameRowsInMemory) {
  auto& world = testing::world();
  std::optional<sample::Folder> folder;
  if (world.is_root()) folder.emplace();
  const std::string path = world.broadcast_text(folder ? *folder / "t.h5" : "");
  constexpr std::int64_t rows = 30'000;
  write_local_table(world, path, "/t", sample::schema(), sample::rows(base::Partition(rows, world.size()).rows_of(world.rank())));
  const auto table = comm::collective_try(world, "open", [&] { return open_table(path, "t"); });
  const auto digest = table_digest(world, *table);
  EXPECT_EQ(digest, table_digest(world, data::MemoryTable("m", sample::rows({0, rows}), "customer")));
  world.barrier();
}

}  // namespace
}  // namespace fullbase::store
