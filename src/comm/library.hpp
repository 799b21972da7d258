// Which message library this build talks to.
#pragma once

#include <string>

namespace fullbase::comm {

/// Its own words in one line: "Open MPI v4.1.4". Not collective; before, within or without a session.
std::string library_name();

}  // namespace fullbase::comm
