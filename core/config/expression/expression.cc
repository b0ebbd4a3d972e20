#include "core/config/expression/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/text/text.h"
#include "core/config/expression/expression_cursor.h"
#include "core/config/expression/expression_nodes.h"
#include "core/config/expression/expression_words.h"

namespace config {
namespace {

using Node = ExpressionNode;
using NodeKind = ExpressionNode::Kind;

struct OperatorRow {
    std::string_view name;
    Node node{};
};

// Longer ones first where one starts with another.
const OperatorRow kSymbols[] = {
    {"=~", {.kind = NodeKind::kMatches}},
    {"!~", {.kind = NodeKind::kMatches, .is_true = false}},
    {"==", {.kind = NodeKind::kCompareText}},
    {"=", {.kind = NodeKind::kCompareText}},
    {"!=", {.kind = NodeKind::kCompareText, .comparison = Comparison::kNotEqual}},
    {"<=", {.kind = NodeKind::kCompareText, .comparison = Comparison::kLessOrEqual}},
    {"<", {.kind = NodeKind::kCompareText, .comparison = Comparison::kLess}},
    {">=", {.kind = NodeKind::kCompareText, .comparison = Comparison::kGreaterOrEqual}},
    {">", {.kind = NodeKind::kCompareText, .comparison = Comparison::kGreater}},
};

// With or without a hyphen.
const OperatorRow kWords[] = {
    {"eq", {.kind = NodeKind::kCompareNumbers}},
    {"ne", {.kind = NodeKind::kCompareNumbers, .comparison = Comparison::kNotEqual}},
    {"lt", {.kind = NodeKind::kCompareNumbers, .comparison = Comparison::kLess}},
    {"le", {.kind = NodeKind::kCompareNumbers, .comparison = Comparison::kLessOrEqual}},
    {"gt", {.kind = NodeKind::kCompareNumbers, .comparison = Comparison::kGreater}},
    {"ge", {.kind = NodeKind::kCompareNumbers, .comparison = Comparison::kGreaterOrEqual}},
    {"in", {.kind = NodeKind::kIsOneOf}},
};

// Only with a hyphen, whatever their case.
const OperatorRow kHyphenWords[] = {
    {"strmatch", {.kind = NodeKind::kGlob}},
    {"strcmatch", {.kind = NodeKind::kGlob, .is_case_blind = true}},
    {"fnmatch", {.kind = NodeKind::kGlob, .is_path = true}},
    {"ipmatch", {.kind = NodeKind::kIsInNetwork}},
};

const OperatorRow kUnary[] = {
    {"n", {.kind = NodeKind::kIsNotEmpty}},
    {"z", {.kind = NodeKind::kIsEmpty}},
    {"T", {.kind = NodeKind::kIsTruthy}},
    {"R", {.kind = NodeKind::kIsRemoteInNetwork}},
};
constexpr std::string_view kFileOperators = "defsLhFUAx";

constexpr std::string_view kComparisons =
    "an operator such as ==, !=, =~, -eq, -strmatch or in, because a string alone is no condition";

// The operator of two words that stands at the cursor, without its words.
base::Result<Node> read_operator(ExpressionCursor& cursor) {
    cursor.skip_blanks();
    for (const OperatorRow& row : kSymbols) {
        if (cursor.take(row.name)) {
            return row.node;
        }
    }
    const auto position = cursor.position();
    const bool has_hyphen = cursor.take("-");
    const auto name = cursor.peek_name();
    for (const OperatorRow& row : kWords) {
        if (cursor.take_name(row.name)) {
            return row.node;
        }
    }
    for (const OperatorRow& row : kHyphenWords) {
        if (has_hyphen && base::equal_case_blind(row.name, name)) {
            cursor.advance(name.size());
            return row.node;
        }
    }
    if (has_hyphen && !name.empty()) {
        return ExpressionCursor::complain(
            position,
            fmt::format(
                "unknown operator \"-{}\" between two words; there are -eq, -ne, -lt, -le, -gt, "
                "-ge, -in, -strmatch, -strcmatch, -fnmatch and -ipmatch",
                name
            )
        );
    }
    return cursor.expected(kComparisons);
}

base::Result<> read_network(ExpressionCursor& cursor, Node& node) {
    cursor.skip_blanks();
    const auto position = cursor.position();
    const Node word = TRY(read_expression_word(cursor));
    if (word.kind != NodeKind::kText) {
        return ExpressionCursor::complain(
            position, "expected a network without variables, such as '10.0.0.0/8'"
        );
    }
    auto network = base::IpNetwork::parse(word.text);
    if (!network) {
        return ExpressionCursor::complain(position, network.error().what);
    }
    node.network = *network;
    return {};
}

// { 'a', 'b' }
base::Result<> read_list(ExpressionCursor& cursor, Node& node) {
    cursor.skip_blanks();
    if (!cursor.peek_name().empty()) {
        return cursor.expected("a list { 'a', 'b' }: there are no functions that return one");
    }
    if (!cursor.take("{")) {
        return cursor.expected("a list { 'a', 'b' } behind \"in\"");
    }
    do {
        node.operands.push_back(TRY(read_expression_word(cursor)));
    } while (cursor.take(","));
    if (!cursor.take("}")) {
        return cursor.expected("\",\" or \"}\" in the list");
    }
    return {};
}

// A word, an operator, and what it is compared with.
base::Result<Node> read_comparison(ExpressionCursor& cursor) {
    auto word = TRY(read_expression_word(cursor));
    Node node = TRY(read_operator(cursor));
    node.operands.push_back(std::move(word));
    switch (node.kind) {
        case NodeKind::kMatches:
            node.regex = TRY(read_regex(cursor));
            break;
        case NodeKind::kIsOneOf:
            TRY(read_list(cursor, node));
            break;
        case NodeKind::kIsInNetwork:
            TRY(read_network(cursor, node));
            break;
        default:
            node.operands.push_back(TRY(read_expression_word(cursor)));
    }
    return node;
}

// The cursor is at the hyphen.
base::Result<Node> read_unary(ExpressionCursor& cursor) {
    const auto position = cursor.position();
    cursor.advance();
    const auto name = cursor.peek_name();
    cursor.advance(name.size());
    for (const OperatorRow& row : kUnary) {
        if (row.name != name) {
            continue;
        }
        Node node = row.node;
        if (node.kind == NodeKind::kIsRemoteInNetwork) {
            TRY(read_network(cursor, node));
        } else {
            node.operands.push_back(TRY(read_expression_word(cursor)));
        }
        return node;
    }
    if (name.size() == 1 && kFileOperators.find(name) != std::string_view::npos) {
        return ExpressionCursor::complain(
            position,
            fmt::format("the operator \"-{}\" is refused: expressions here read no files", name)
        );
    }
    return ExpressionCursor::complain(
        position,
        fmt::format(
            "unknown operator \"-{}\" in front of a word; there are -n, -z, -T and -R", name
        )
    );
}

base::Result<Node> read_disjunction(ExpressionCursor& cursor);

base::Result<Node> read_simple_condition(ExpressionCursor& cursor) {
    if (cursor.take("(")) {
        TRY(cursor.enter());
        auto inner = TRY(read_disjunction(cursor));
        cursor.leave();
        if (!cursor.take(")")) {
            return cursor.expected("\"&&\", \"||\" or \")\"");
        }
        return inner;
    }
    if (cursor.take_name("true")) {
        return Node{.kind = NodeKind::kConstant};
    }
    if (cursor.take_name("false")) {
        return Node{.kind = NodeKind::kConstant, .is_true = false};
    }
    const char next = cursor.peek(1);
    if (cursor.peek() == '-' && !(next >= '0' && next <= '9')) {
        return read_unary(cursor);
    }
    if (cursor.is_at_end()) {
        return cursor.expected("a condition such as %{HTTP_HOST} == 'example.com'");
    }
    return read_comparison(cursor);
}

base::Result<Node> read_negation(ExpressionCursor& cursor) {
    bool is_negated = false;
    cursor.skip_blanks();
    while (cursor.take("!") || cursor.take_name("not")) {
        is_negated = !is_negated;
        cursor.skip_blanks();
    }
    auto condition = TRY(read_simple_condition(cursor));
    if (!is_negated) {
        return condition;
    }
    Node node{.kind = NodeKind::kNot};
    node.operands.push_back(std::move(condition));
    return node;
}

// Conditions that `read_one` reads, with `symbol` or `name` between them, as one of `kind`.
template <class ReadOne>
base::Result<Node> read_chain(
    ExpressionCursor& cursor,
    NodeKind kind,
    std::string_view symbol,
    std::string_view name,
    const ReadOne& read_one
) {
    Node chain{.kind = kind};
    for (;;) {
        chain.operands.push_back(TRY(read_one(cursor)));
        cursor.skip_blanks();
        if (!cursor.take(symbol) && !cursor.take_name(name)) {
            break;
        }
    }
    if (chain.operands.size() == 1) {
        Node only = std::move(chain.operands.front());
        return only;
    }
    return chain;
}

base::Result<Node> read_conjunction(ExpressionCursor& cursor) {
    return read_chain(cursor, NodeKind::kAnd, "&&", "and", read_negation);
}

base::Result<Node> read_disjunction(ExpressionCursor& cursor) {
    return read_chain(cursor, NodeKind::kOr, "||", "or", read_conjunction);
}

base::Result<> check_size(std::string_view text) {
    if (text.size() > kExpressionBytesMax) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "an expression has at most {} characters; this one has {}",
                kExpressionBytesMax,
                text.size()
            )
        );
    }
    const auto zero = text.find('\0');
    if (zero != std::string_view::npos) {
        return ExpressionCursor::complain(zero, "a zero byte has no meaning in an expression");
    }
    return {};
}

}  // namespace

base::Result<Expression> Expression::parse_condition(std::string_view text, Author author) {
    TRY(check_size(text));
    ExpressionCursor cursor(text, author);
    auto root = TRY(read_disjunction(cursor));
    if (!cursor.is_at_end()) {
        return cursor.expected("\"&&\", \"||\" or the end");
    }
    return Expression(std::string(text), std::make_shared<const Node>(std::move(root)));
}

base::Result<Expression> Expression::parse_string(std::string_view text, Author author) {
    TRY(check_size(text));
    ExpressionCursor cursor(text, author);
    auto root = TRY(read_pieces(cursor, std::nullopt));
    return Expression(std::string(text), std::make_shared<const Node>(std::move(root)));
}

}  // namespace config
