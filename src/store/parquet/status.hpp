// What Arrow says went wrong, as our errors (private to this folder).
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <new>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace fullbase::store::parquet_files {

/// What reading gives for a file that is not as it should be: an input error that says what Arrow says, in one line.
base::Error damaged(const std::string& what, const std::string& where);

/// Runs work that uses Arrow on a file that is read: its exceptions become damaged(); ours stay what they are.
template <class Work>
auto reading(const std::string& where, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const base::Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw base::input_error("takes more memory than there is", where, "if the Parquet file is whole, read it with more memory");
  } catch (const std::exception& error) {
    throw damaged(error.what(), where);
  }
}

inline void require(const arrow::Status& status, const std::string& where) {
  if (!status.ok()) throw damaged(status.message(), where);
}
template <class T>
T require(arrow::Result<T> result, const std::string& where) {
  require(result.status(), where);
  return std::move(result).ValueUnsafe();
}

/// The same of a file that is written: an io error.
void require_written(const arrow::Status& status, const std::string& path);

}  // namespace fullbase::store::parquet_files
