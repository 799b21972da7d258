// Files that people have, with the counts that shared/data's README and pandas give for them.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "sample_table.hpp"
#include "store/csv/import.hpp"

namespace fullbase::store {
namespace {

using data::Type;

class CsvRealData : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("FULLBASE_REAL_DATA");
    if (!folder) GTEST_SKIP() << "FULLBASE_REAL_DATA is not set";
    data_ = folder;
    parallel::set_thread_count(2);
  }
  data::Batch import(const std::string& file, const CsvOptions& options) {
    const auto communicator = comm::single();
    data::Budget budget(std::int64_t{1} << 30);
    fullbase::testing::MemorySpill spill;
    {
      StoreWriter writer(*communicator, folder_.path());
      const ImportReport report = import_csv(*communicator, writer, "t", {{data_ + "/" + file}}, options, budget, spill);
      EXPECT_EQ(report.rejected, 0);
    }
    const auto table = Store::open(folder_.path()).open_table("t");
    std::vector<int> columns(options.columns.size());
    std::iota(columns.begin(), columns.end(), 0);
    return table->read({0, table->rows()}, columns);
  }

 private:
  sample::Folder folder_;
  std::string data_;
};

TEST_F(CsvRealData, OnlineRetail) {
  CsvOptions options;
  options.columns = {{.source = "InvoiceNo", .required = true},
                     {.source = "Description", .type = Type::category},
                     {.source = "Quantity", .type = Type::int64, .required = true},
                     {.source = "InvoiceDate", .type = Type::timestamp, .required = true},
                     {.source = "UnitPrice", .type = Type::decimal, .scale = 3, .required = true},
                     {.source = "CustomerID", .type = Type::category}};
  const data::Batch t = import("online_retail.csv.gz", options);
  ASSERT_EQ(t.rows.size(), 541'909);
  const auto customers = t[5].int32s();
  EXPECT_EQ(std::count(customers.begin(), customers.end(), -1), 135'080);
  EXPECT_EQ(t[5].dictionary()->size(), 4'372);
  const auto quantities = t[2].int64s();
  EXPECT_EQ(std::accumulate(quantities.begin(), quantities.end(), std::int64_t{0}), 5'176'450);
}

TEST_F(CsvRealData, CdnowHasRunsOfBlanks) {
  CsvOptions options{.delimiter = "blanks"};
  options.columns = {{.source = "customer_id", .type = Type::category, .required = true},
                     {.source = "date", .type = Type::date, .format = "%Y%m%d", .required = true},
                     {.source = "number_of_cds", .type = Type::int64, .required = true},
                     {.source = "dollar_value", .type = Type::decimal, .scale = 2, .required = true}};
  const data::Batch t = import("cdnow_master.txt", options);
  ASSERT_EQ(t.rows.size(), 69'659);
  EXPECT_EQ(t[0].dictionary()->size(), 23'570);
  EXPECT_EQ(t[1].int32s()[0], 9'862);  // 1997-01-01
  EXPECT_EQ(t[3].int64s()[0], 1'177);
}

TEST_F(CsvRealData, CreditCardClients) {
  CsvOptions options;
  options.columns = {{.source = "LIMIT_BAL", .type = Type::float64, .required = true},
                     {.source = "default-payment-next-month", .type = Type::boolean, .required = true},
                     {.source = "MARRIAGE_3", .type = Type::int64, .required = true}};
  const data::Batch t = import("credit_card_default.csv", options);
  ASSERT_EQ(t.rows.size(), 30'000);
  const auto defaults = t[1].bools();
  EXPECT_EQ(std::count(defaults.begin(), defaults.end(), 1), 6'636);
}

}  // namespace
}  // namespace fullbase::store
