// Parquet files by Arrow C++: the component behind store/columnar_format.hpp.
#pragma once

namespace fullbase::store {

/// Makes store::parquet() this component. Once, before there are threads.
void register_parquet_component();

}  // namespace fullbase::store
