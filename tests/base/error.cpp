// Every exception becomes an error of a fitting kind, and an error survives its way to another rank.
#include "base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

namespace fullbase::base {
namespace {

template <class E>
Error caught(const E& exception) {
  try {
    throw exception;
  } catch (...) {
    return current_error();
  }
}

TEST(Error, WhatTheSystemSaysIsNoFaultOfOurs) {
  const auto full = std::make_error_code(std::errc::no_space_on_device);
  EXPECT_EQ(caught(std::system_error(full, "write")).kind(), ErrorKind::io);
  EXPECT_EQ(caught(std::filesystem::filesystem_error("list", "/x", full)).kind(), ErrorKind::io);
  EXPECT_EQ(caught(std::bad_alloc()).kind(), ErrorKind::io);
  EXPECT_EQ(caught(std::logic_error("x")).kind(), ErrorKind::internal);
  EXPECT_EQ(caught(input_error("x")).kind(), ErrorKind::input_data);
}

TEST(Error, AFullDiskIsToldWithWhatToDo) {
  EXPECT_EQ(system_error("write", ENOSPC).advice(), "free some disk space, or let the output stand elsewhere");
  EXPECT_EQ(system_error("write", ENOSPC, "x", "wait").advice(), "wait");
  EXPECT_EQ(system_error("write", EIO).advice(), "");
}

TEST(Error, IsTheSameOnAnotherRank) {
  const Error error = job_file_error("a:b\n", "c 7", "");
  const Error other = Error::decode(error.encode());
  EXPECT_STREQ(other.what(), error.what());
  EXPECT_EQ(other.kind(), error.kind());
  EXPECT_EQ(Error::decode("78 1").kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace fullbase::base
