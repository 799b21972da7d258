// A symbolic link that names the newest of several published outputs.
#pragma once

#include <functional>
#include <string>

#include "comm/communicator.hpp"

namespace fullbase::store {

/// Throws a job-file error if `link`, or the name of its manifest, is there and is no symbolic link: it is not ours to replace.
void check_link(const std::string& link);

/// Lets `link` point to `output`, and `<link>.run.json` to `<output>.run.json`, by relative paths, if may_move(current) says so:
/// `current` is the path of what it points to now, empty if it points to nothing that is there. Returns whether it was moved.
/// Both are replaced one after the other, each atomically and durably (a new link, renamed; fsync of the folder), under a lock
/// on `<link>.lock`, for which it waits up to a minute: who reads the link finds the old output or the new one, both complete.
/// Not collective. Errors: io; a job-file error as check_link().
bool move_link(const std::string& link, const std::string& output,
               const std::function<bool(const std::string& current)>& may_move);

/// What to open where a user names `path`: the file that it points to if it is a link to one, else the path itself. Whoever reads
/// a file in several goes (a table, then another; HDF5 looks twice while it opens one) follows a link once, or it may move in
/// between.
std::string followed(const std::string& path);
/// Collective: rank 0's answer on every rank.
std::string followed(comm::Communicator& communicator, const std::string& path);

/// The path of what a link points to, without links; empty if there is nothing.
std::string link_target(const std::string& link);

}  // namespace fullbase::store
