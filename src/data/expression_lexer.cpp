#include "data/expression_lexer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "data/expression.hpp"

namespace fullbase::data {
namespace {

using Kind = ExpressionToken::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  ExpressionToken next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    token_ = {.kind = Kind::end, .offset = at_};
    if (at_ == text_.size()) return token_;
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      number();
    } else if (is_letter(c)) {
      token_.kind = Kind::word;
      token_.text = take([](char x) { return is_letter(x) || is_digit(x); });
      for (const char x : token_.text) token_.lower += x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
    } else if (c == '\'' || c == '"' || c == '`') {
      quoted(c);
    } else {
      symbol();
    }
    return token_;
  }

 private:
  [[noreturn]] void fail(std::string problem, std::string advice = {}) const {
    throw ExpressionError(std::move(problem), text_, token_.offset, std::move(advice));
  }

  template <class Accept>
  std::string take(Accept accept) {
    const std::size_t first = at_;
    while (at_ < text_.size() && accept(text_[at_])) ++at_;
    return std::string(text_.substr(first, at_ - first));
  }

  /// 17, 1.25, 1e-3, 2011-12-10, 90d, 1.5h.
  void number() {
    if (date()) return;
    const std::size_t first = at_;
    take(is_digit);
    bool point = false;
    if (at_ < text_.size() && text_[at_] == '.') {
      point = true;
      ++at_;
      take(is_digit);
    }
    const bool exponent = exponent_follows();
    if (exponent) {
      at_ += 2;
      take(is_digit);
    } else if (at_ < text_.size() && is_letter(text_[at_])) {
      take([](char x) { return is_letter(x) || is_digit(x); });
      duration(first);
      return;
    }
    token_.text = std::string(text_.substr(first, at_ - first));
    if (exponent) {
      real();
    } else {
      exact(point);
    }
  }

  bool exponent_follows() const {
    if (at_ + 1 >= text_.size() || (text_[at_] != 'e' && text_[at_] != 'E')) return false;
    if (is_digit(text_[at_ + 1])) return true;
    return (text_[at_ + 1] == '-' || text_[at_ + 1] == '+') && at_ + 2 < text_.size() && is_digit(text_[at_ + 2]);
  }

  void duration(std::size_t first) {
    token_.kind = Kind::duration;
    token_.text = std::string(text_.substr(first, at_ - first));
    const auto microseconds = base::parse_duration(token_.text);
    if (!microseconds)
      fail(fmt::format("'{}' is no number and no duration", token_.text), "durations are written 90d, 12h, 30m, 45s");
    token_.value = *microseconds;
  }

  void real() {
    token_.kind = Kind::real;
    const char* end = token_.text.data() + token_.text.size();
    const auto [next, status] = std::from_chars(token_.text.data(), end, token_.number);
    if (status != std::errc() || next != end || !std::isfinite(token_.number)) {
      fail(fmt::format("'{}' is beyond the range of float64", token_.text));
    }
  }

  void exact(bool point) {
    token_.kind = point ? Kind::decimal : Kind::integer;
    const auto position = token_.text.find('.');
    token_.scale = point ? static_cast<int>(token_.text.size() - position - 1) : 0;
    if (token_.scale > base::max_decimal_scale) {
      fail(fmt::format("'{}' has more than {} decimals", token_.text, base::max_decimal_scale));
    }
    const auto parsed = base::parse_decimal(token_.text, token_.scale);
    if (!parsed) fail(fmt::format("'{}' does not fit 64 bits", token_.text));
    token_.value = parsed.units;
  }

  /// Ten characters like 2011-12-10 are a date, not differences.
  bool date() {
    constexpr std::string_view shape = "dddd-dd-dd";
    if (text_.size() - at_ < shape.size()) return false;
    const auto text = text_.substr(at_, shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != '-') return false;
    }
    if (text_.size() - at_ > shape.size() && (is_digit(text_[at_ + shape.size()]) || is_letter(text_[at_ + shape.size()]))) {
      fail("a date is followed by more", "write a time as timestamp '2011-12-10 08:26'");
    }
    at_ += shape.size();
    token_.kind = Kind::date;
    token_.text = std::string(text);
    const auto parsed = base::TimeFormat().parse_date(text);
    if (!parsed) fail(fmt::format("'{}' {}", text, base::describe(parsed.status)));
    token_.value = parsed.value;
    return true;
  }

  /// A doubled quote stands for one.
  void quoted(char quote) {
    token_.kind = quote == '`' ? Kind::quoted_name : Kind::text;
    for (++at_;; ++at_) {
      if (at_ == text_.size()) fail(fmt::format("a text that begins with {} has no end", quote));
      if (text_[at_] == quote) {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) break;
        ++at_;
      }
      token_.text += text_[at_];
    }
    ++at_;
  }

  void symbol() {
    constexpr std::string_view pairs[] = {"==", "!=", "<=", ">=", "<>"};
    token_.kind = Kind::symbol;
    for (const auto pair : pairs) {
      if (text_.substr(at_, 2) != pair) continue;
      token_.text = pair == "==" ? "=" : pair == "<>" ? "!=" : pair;
      at_ += 2;
      return;
    }
    token_.text = text_[at_];
    if (std::string_view("+-*/=<>(),").find(text_[at_]) == std::string_view::npos) {
      const bool printable = text_[at_] > ' ' && text_[at_] < 127;
      std::string advice;
      if (text_[at_] == '&') advice = "write 'and'";
      if (text_[at_] == '|') advice = "write 'or'";
      if (text_[at_] == '!') advice = "write 'not'";
      fail(printable ? fmt::format("'{}' means nothing here", text_[at_])
                     : fmt::format("the byte {:#04x} means nothing here", static_cast<unsigned char>(text_[at_])),
           std::move(advice));
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  ExpressionToken token_;
};

}  // namespace

std::vector<ExpressionToken> expression_tokens(std::string_view text) {
  Lexer lexer(text);
  std::vector<ExpressionToken> tokens;
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != Kind::end);
  return tokens;
}

}  // namespace fullbase::data
