// Texts of users inside messages.
#pragma once

#include <string>
#include <string_view>

namespace fullbase::config {

/// 'text', cut after 60 bytes (between characters), control characters as \n, \t, \x01: a message stays one line whatever a file
/// holds.
std::string quote(std::string_view text);
/// The same without the quotation marks.
std::string shorten(std::string_view text);

}  // namespace fullbase::config
