// Dense matrices as one dataset (AnnData's "array" encoding): centroids, factors, weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"

namespace fullbase::store {

/// Collective; rank 0's values are written, by serial HDF5 with HDF5's own checksums. Adds the matrix as `name`
/// ("/segments/axes") to the file at `path`, which is made if it is not there. For what one rank holds; large things are tables.
void write_matrix(comm::Communicator& communicator, const std::string& path, const std::string& name,
                  base::matrix_view<const double> values, unsigned mode = 0600);
void write_matrix(comm::Communicator& communicator, const std::string& path, const std::string& name,
                  base::matrix_view<const float> values, unsigned mode = 0600);

struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;  ///< row-major

  base::matrix_view<const double> view() const { return {values.data(), rows, columns}; }
};

/// A whole 2-D numeric dataset as doubles. Not collective. Errors as open_table's.
Matrix read_matrix(const std::string& path, const std::string& name);

}  // namespace fullbase::store
