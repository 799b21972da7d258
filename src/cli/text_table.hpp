// Rows of texts in aligned columns, for people: titles and texts as base::printable_line shows them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::cli {

/// The text's start if it is longer than `bytes`, cut between characters, with "..." behind it.
std::string shortened(std::string text, std::size_t bytes);

class TextTable {
 public:
  enum class Align { left, right };

  void add_column(std::string_view title, Align align = Align::left);
  /// As many texts as there are columns.
  void add_row(std::vector<std::string> texts);
  /// Columns two blanks apart, no blanks at line ends. Widths count UTF-8 characters.
  void print(std::ostream& out) const;

 private:
  std::vector<Align> aligns_;
  std::vector<std::vector<std::string>> rows_ = {{}};  ///< the titles first
};

}  // namespace fullbase::cli
