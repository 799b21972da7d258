// Names that a user may have misspelt.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fullbase::base {

/// Least number of inserted, removed, replaced or swapped neighbouring bytes that turn one text into the other (optimal string
/// alignment distance), upper and lower case taken as equal.
int edit_distance(std::string_view a, std::string_view b);

/// "did you mean 'quantity'?" for the candidate nearest to `name`, the first of equals; empty if none is near (a distance of
/// more than a third of the longer text). Fits as an error's advice.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace fullbase::base
