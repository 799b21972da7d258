#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/expression.hpp"
#include "data/expression_lexer.hpp"
#include "data/expression_tree.hpp"

namespace fullbase::data {
namespace {

using Token = ExpressionToken;
using Node = ExpressionNode;

constexpr std::size_t max_text = 16 * 1024;
constexpr std::size_t max_nodes = 1000;
constexpr int max_depth = 100;

/// Recursive descent, weakest first: or, and, not, comparison, sum, product, sign, primary.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(expression_tokens(text)) { tree_.text = std::string(text); }

  ExpressionTree run() {
    if (token().kind == Token::Kind::end) fail("the expression is empty");
    disjunction();
    if (token().kind != Token::Kind::end) {
      fail(fmt::format("unexpected '{}'", token().text), "an operator such as and, or, =, *, or the end should stand here");
    }
    return std::move(tree_);
  }

 private:
  const Token& token() const { return tokens_[at_]; }
  bool at_word(std::string_view word) const { return token().kind == Token::Kind::word && token().lower == word; }
  bool at_symbol(std::string_view symbol) const { return token().kind == Token::Kind::symbol && token().text == symbol; }
  bool accept_word(std::string_view word) { return at_word(word) && (++at_, true); }
  bool accept_symbol(std::string_view symbol) { return at_symbol(symbol) && (++at_, true); }

  [[noreturn]] void fail(std::string problem, std::string advice = {}) const {
    throw ExpressionError(std::move(problem), tree_.text, token().offset, std::move(advice));
  }
  void expect_symbol(std::string_view symbol) {
    if (accept_symbol(symbol)) return;
    fail(token().kind == Token::Kind::end ? fmt::format("'{}' is missing at the end", symbol)
                                          : fmt::format("'{}' should stand before '{}'", symbol, token().text));
  }

  int add(Node node) {
    if (tree_.nodes.size() >= max_nodes) fail(fmt::format("the expression has more than {} terms", max_nodes));
    tree_.nodes.push_back(std::move(node));
    return static_cast<int>(tree_.nodes.size()) - 1;
  }
  int call(std::string name, std::vector<int> operands, std::size_t offset) {
    return add({.kind = Node::Kind::call, .name = std::move(name), .operands = std::move(operands), .offset = offset});
  }

  struct Nesting {
    explicit Nesting(Parser& p) : parser(p) {
      if (++parser.depth_ > max_depth) parser.fail(fmt::format("the expression is nested more than {} deep", max_depth));
    }
    ~Nesting() { --parser.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Parser& parser;
  };

  int disjunction() {
    const Nesting nesting(*this);
    int left = conjunction();
    while (at_word("or")) {
      const auto offset = tokens_[at_++].offset;
      left = call("or", {left, conjunction()}, offset);
    }
    return left;
  }

  int conjunction() {
    int left = negation();
    while (at_word("and")) {
      const auto offset = tokens_[at_++].offset;
      left = call("and", {left, negation()}, offset);
    }
    return left;
  }

  int negation() {
    if (!at_word("not")) return comparison();
    const Nesting nesting(*this);
    const auto offset = tokens_[at_++].offset;
    return call("not", {negation()}, offset);
  }

  bool at_comparison() const {
    constexpr std::string_view symbols[] = {"=", "!=", "<", "<=", ">", ">="};
    return token().kind == Token::Kind::symbol && std::ranges::find(symbols, token().text) != std::end(symbols);
  }

  int comparison() {
    const int left = sum();
    const auto offset = token().offset;
    if (at_comparison()) {
      const std::string name = tokens_[at_++].text;
      const int right = sum();
      if (at_comparison()) fail("comparisons cannot be chained", "write 'a < b and b < c'");
      return call(name, {left, right}, offset);
    }
    if (accept_word("is")) {
      const bool negated = accept_word("not");
      if (!accept_word("missing")) fail("'is' is followed by 'missing' or 'not missing'", "compare values with '='");
      const int test = call("is missing", {left}, offset);
      return negated ? call("not", {test}, offset) : test;
    }
    const bool negated = at_word("not");
    if (negated) ++at_;
    if (accept_word("in")) {
      const int test = call("in", list(left), offset);
      return negated ? call("not", {test}, offset) : test;
    }
    if (accept_word("between")) {
      const int low = sum();
      if (!accept_word("and")) fail("'between' is written 'x between a and b'");
      const int high = sum();
      const int test = call("and", {call(">=", {left, low}, offset), call("<=", {left, high}, offset)}, offset);
      return negated ? call("not", {test}, offset) : test;
    }
    if (negated) fail("'not' is followed by 'in' or 'between' here");
    return left;
  }

  std::vector<int> list(int operand) {
    std::vector<int> operands = {operand};
    expect_symbol("(");
    do operands.push_back(sum());
    while (accept_symbol(","));
    expect_symbol(")");
    return operands;
  }

  int sum() {
    int left = product();
    while (at_symbol("+") || at_symbol("-")) {
      const Token& symbol = tokens_[at_++];
      left = call(symbol.text, {left, product()}, symbol.offset);
    }
    return left;
  }

  int product() {
    int left = sign();
    while (at_symbol("*") || at_symbol("/")) {
      const Token& symbol = tokens_[at_++];
      left = call(symbol.text, {left, sign()}, symbol.offset);
    }
    return left;
  }

  int sign() {
    if (!at_symbol("-")) return primary();
    const Nesting nesting(*this);
    const auto offset = tokens_[at_++].offset;
    return call("negate", {sign()}, offset);
  }

  int primary() {
    const Token& here = token();
    Node node{.offset = here.offset};
    node.value = here.value;
    switch (here.kind) {
      case Token::Kind::end:
        fail("the expression ends where a value should stand");
      case Token::Kind::word:
        return word();
      case Token::Kind::symbol: {
        if (!accept_symbol("(")) fail(fmt::format("'{}' stands where a value should", here.text));
        const int inner = disjunction();
        expect_symbol(")");
        return inner;
      }
      case Token::Kind::quoted_name:
        node.kind = Node::Kind::column;
        node.name = here.text;
        break;
      case Token::Kind::text:
        node.kind = Node::Kind::text;
        node.name = here.text;
        break;
      case Token::Kind::integer:
        node.kind = Node::Kind::integer;
        break;
      case Token::Kind::decimal:
        node.kind = Node::Kind::decimal;
        node.scale = here.scale;
        break;
      case Token::Kind::real:
        node.kind = Node::Kind::real;
        node.number = here.number;
        break;
      case Token::Kind::date:
        node.kind = Node::Kind::date;
        break;
      case Token::Kind::duration:
        node.kind = Node::Kind::duration;
        break;
    }
    ++at_;
    return add(std::move(node));
  }

  int word() {
    const Token& here = tokens_[at_];
    constexpr std::string_view reserved[] = {"and", "or", "is", "in", "between", "missing"};
    if (std::ranges::find(reserved, here.lower) != std::end(reserved)) {
      fail(fmt::format("'{}' stands where a value should", here.text), "a column of that name is written in backquotes");
    }
    ++at_;
    Node node{.offset = here.offset};
    if (here.lower == "true" || here.lower == "false") {
      node.kind = Node::Kind::boolean;
      node.value = here.lower == "true" ? 1 : 0;
      return add(std::move(node));
    }
    if (here.lower == "as_of") {
      node.kind = Node::Kind::as_of;
      return add(std::move(node));
    }
    if (token().kind == Token::Kind::text && (here.lower == "date" || here.lower == "timestamp"))
      return time(here.lower == "date");
    if (accept_symbol("(")) return function(here);
    node.kind = Node::Kind::column;
    node.name = here.text;
    return add(std::move(node));
  }

  int time(bool date) {
    const Token& text = token();
    Node node{.kind = Node::Kind::timestamp, .name = text.text, .offset = text.offset};
    const auto parsed = date ? base::TimeFormat().parse_date(text.text) : base::TimeFormat().parse(text.text, base::TimeZone());
    if (!parsed) fail(fmt::format("'{}' {}", text.text, base::describe(parsed.status)), "times are written 2011-12-10 08:26:00");
    if (date) {
      node.kind = Node::Kind::date;
      node.value = parsed.value;
    }
    ++at_;
    return add(std::move(node));
  }

  int function(const Token& name) {
    std::vector<int> arguments;
    if (!accept_symbol(")")) {
      do arguments.push_back(disjunction());
      while (accept_symbol(","));
      expect_symbol(")");
    }
    return call(name.lower + "()", std::move(arguments), name.offset);
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  ExpressionTree tree_;
};

}  // namespace

ExpressionError::ExpressionError(std::string problem, std::string_view text, std::size_t offset, std::string advice)
    : base::Error(
          base::ErrorKind::job_file, std::move(problem),
          text.size() <= 200 ? fmt::format("column {} of \"{}\"", offset + 1, text) : fmt::format("column {}", offset + 1),
          std::move(advice)),
      offset_(offset) {}

Expression Expression::parse(std::string_view text) {
  if (text.size() > max_text) {
    throw ExpressionError(fmt::format("the expression is longer than {} bytes", max_text), text, 0,
                          "test several conditions in steps");
  }
  Expression expression;
  expression.tree_ = std::make_shared<const ExpressionTree>(Parser(text).run());
  return expression;
}

std::string column_expression(std::string_view name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
  return text + "`";
}

const std::string& Expression::text() const noexcept {
  return tree_->text;
}

std::vector<std::string> Expression::columns() const {
  std::vector<std::string> names;
  for (const auto& node : tree_->nodes) {
    if (node.kind == ExpressionNode::Kind::column && std::ranges::find(names, node.name) == names.end())
      names.push_back(node.name);
  }
  return names;
}

bool Expression::calls(std::string_view function) const {
  // Operators have no parentheses.
  const auto name = std::string(function) + "()";
  return std::ranges::any_of(tree_->nodes,
                             [&](const auto& node) { return node.kind == ExpressionNode::Kind::call && node.name == name; });
}

}  // namespace fullbase::data
