#include "store/parquet/status.hpp"

#include <arrow/util/io_util.h>

#include <algorithm>

namespace fullbase::store::parquet_files {
namespace {

std::string one_line(std::string text) {
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  if (text.size() > 300) text = text.substr(0, 300) + "...";
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; }, '?');
  return text;
}

}  // namespace

base::Error damaged(const std::string& what, const std::string& where) {
  return base::input_error("the Parquet file is damaged: " + one_line(what), where, "restore it, or make it again");
}

void require_written(const arrow::Status& status, const std::string& path) {
  if (status.ok()) return;
  if (status.IsOutOfMemory()) throw base::io_error("there is not enough memory to write it", path);
  // What the system said stands in no message of Arrow's, but beside it.
  if (const int number = arrow::internal::ErrnoFromStatus(status); number != 0) throw base::system_error("write", number, path);
  throw base::io_error("cannot write: " + one_line(status.message()), path);
}

}  // namespace fullbase::store::parquet_files
