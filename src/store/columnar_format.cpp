#include "store/columnar_format.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>
#include <variant>

#include "base/contract.hpp"

namespace fullbase::store {
namespace {

std::unique_ptr<ColumnarFormat>& registered() {
  static std::unique_ptr<ColumnarFormat> format;
  return format;
}

}  // namespace

std::int64_t ColumnarValues::rows() const noexcept {
  return std::visit([](const auto& all) { return static_cast<std::int64_t>(all.size()); }, values);
}

std::string_view ColumnarValues::text(std::int64_t row) const {
  if (const auto* codes = std::get_if<std::vector<std::int32_t>>(&values)) return texts[(*codes)[static_cast<std::size_t>(row)]];
  return std::get<data::Strings>(values)[row];
}

void register_parquet(std::unique_ptr<ColumnarFormat> format) {
  FULLBASE_EXPECTS(format != nullptr, "a format that is registered is there");
  registered() = std::move(format);
}

bool has_parquet() noexcept {
  return registered() != nullptr;
}

const ColumnarFormat& parquet(base::ErrorKind kind, const std::string& where) {
  if (!has_parquet()) {
    throw base::Error(kind, "this build has no Parquet", where,
                      "build with Arrow C++: scripts/arrow.sh fetches it and builds anew (-DFULLBASE_PARQUET=ON)");
  }
  return *registered();
}

bool is_parquet_name(std::string_view path) noexcept {
  return path.ends_with(".parquet") || path.ends_with(".pq");
}

bool is_parquet_file(const std::string& path) {
  if (is_parquet_name(path)) return true;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // a pipe is not waited for
  std::array<char, 4> first{};
  std::ifstream file(path, std::ios::binary);
  file.read(first.data(), first.size());
  return file && std::string_view(first.data(), first.size()) == "PAR1";
}

}  // namespace fullbase::store
