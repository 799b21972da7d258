#include "store/parquet/component.hpp"

#include <memory>

#include "store/columnar_format.hpp"
#include "store/parquet/file.hpp"
#include "store/parquet/writer.hpp"

namespace fullbase::store {
namespace {

class ParquetFormat final : public ColumnarFormat {
 public:
  std::unique_ptr<ColumnarFile> open(const std::string& path) const override { return parquet_files::open(path); }
  void write(const data::BlockSource& source, std::span<const int> columns, const std::string& path) const override {
    parquet_files::write(source, columns, path);
  }
};

}  // namespace

void register_parquet_component() {
  register_parquet(std::make_unique<ParquetFormat>());
}

}  // namespace fullbase::store
