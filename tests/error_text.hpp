// An error that is expected, and its text.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.hpp"

namespace fullbase::testing {

/// What an error of this kind says; "no error" if there is none.
inline std::string error_text(const std::function<void()>& work, base::ErrorKind kind = base::ErrorKind::input_data) {
  try {
    work();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

/// The error that is expected, whole; an internal one, and a failure of the test, if there is none.
inline base::Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return base::internal_error("no error");
}

}  // namespace fullbase::testing
