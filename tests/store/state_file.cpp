// States written by any number of ranks and read by any other.
#include "store/state_file.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "sample_table.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

namespace fs = std::filesystem;

class StateFile : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "1.state"; }
  sample::Folder folder_;
};

constexpr std::int64_t rows = 5000;

/// Five blocks: of 7 ranks, some have no rows.
base::RowRange rows_of(int rank, int ranks) {
  return base::Partition(rows, ranks).rows_of(rank);
}

const std::vector<double> common = {-0.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e-320};

StateLayout write(comm::Communicator& communicator, const std::string& path) {
  const auto local = rows_of(communicator.rank(), communicator.size());
  std::vector<float> values;
  for (auto row = local.first; row < local.last; ++row)
    for (int j = 0; j < 3; ++j) values.push_back(static_cast<float>(3 * row + j));
  return write_state(communicator, path, [&](data::StateWriter& writer) {
    writer.put("common", common);
    writer.put("nothing", std::vector<std::int64_t>());
    writer.put_rows("rows", rows, 3, local, values);
    writer.put_value("round", std::int32_t{17});
    writer.put_text("name", "k = 8");
  });
}

TEST_F(StateFile, HasTheSameBytesWhoeverWroteIt) {
  std::string expected;
  for (const int ranks : {1, 2, 3, 4, 7}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) { write(communicator, path()); });
    const auto hash = file_sha256(path());
    if (expected.empty()) expected = hash;
    EXPECT_EQ(hash, expected) << ranks;
  }
}

TEST_F(StateFile, GivesBackWhatWasPutToAnyRanks) {
  StateLayout layout;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    const auto mine = write(communicator, path());
    if (communicator.is_root()) layout = mine;
  });
  for (const int ranks : {1, 2, 5}) {
    for (int rank = 0; rank < ranks; ++rank) {
      const auto reader = open_state(path(), layout);
      const auto local = rows_of(rank, ranks);
      const auto values = reader->get_rows<float>("rows", 3, local);
      ASSERT_EQ(std::ssize(values), 3 * local.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(values[i], static_cast<float>(3 * local.first) + static_cast<float>(i));
      const auto read = reader->get<double>("common");
      ASSERT_EQ(read.size(), common.size());
      EXPECT_TRUE(std::signbit(read[0]));
      EXPECT_TRUE(std::isnan(read[1]));
      EXPECT_EQ(read[2], common[2]);
      EXPECT_EQ(read[3], common[3]);
      EXPECT_EQ(reader->rows("nothing"), 0);
      EXPECT_TRUE(reader->get<std::int64_t>("nothing").empty());
      EXPECT_EQ(reader->value<std::int32_t>("round"), 17);
      EXPECT_EQ(reader->text("name"), "k = 8");
      EXPECT_FALSE(reader->has("other"));
    }
  }
}

TEST_F(StateFile, IsReadAsItWasPut) {
  const auto layout = write(*comm::single(), path());
  const auto reader = open_state(path(), layout);
  EXPECT_THROW(reader->get<std::int64_t>("common"), base::Error);
  EXPECT_THROW(reader->get<double>("other"), base::Error);
  EXPECT_THROW((reader->get_rows<float>("rows", 2, {0, 1})), base::Error);
  EXPECT_THROW((reader->get_rows<float>("rows", 3, {0, rows + 1})), base::Error);
  fs::resize_file(path(), fs::file_size(path()) - 1);
  EXPECT_THROW(open_state(path(), layout), base::Error);
}

TEST_F(StateFile, AFailureOnOneRankIsEverybodys) {
  for (int failing = 0; failing < 3; ++failing) {
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      const auto save = [&](data::StateWriter& writer) {
        if (communicator.rank() == failing) throw base::input_error("told to fail", "save");
        writer.put("common", common);
      };
      EXPECT_THROW(write_state(communicator, path(), save), base::Error);
    });
  }
}

TEST(StateLayout, ThatNoFileHoldsHasNoSize) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  using data::StateType;
  EXPECT_EQ(state_bytes({}), 0);
  EXPECT_EQ(state_bytes({{"a", StateType::int32, 3, 5}, {"b", StateType::byte, 1, 1}}), 128);
  EXPECT_FALSE(state_bytes({{"a", StateType::byte, -1, 1}}));
  EXPECT_FALSE(state_bytes({{"a", StateType::byte, 1, 0}}));
  EXPECT_FALSE(state_bytes({{"a", StateType::float64, most, 1}}));
  EXPECT_FALSE(state_bytes({{"a", StateType::float64, 1, most}}));
  EXPECT_FALSE(state_bytes({{"a", StateType::byte, most / 4, 1}, {"b", StateType::byte, most / 4, 1}}));
}

}  // namespace
}  // namespace fullbase::store
