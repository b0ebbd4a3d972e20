#include "core/config/expression/expression_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text/text.h"

namespace config {
namespace {

using Node = ExpressionNode;
using NodeKind = ExpressionNode::Kind;

struct FunctionName {
    std::string_view name;
    ExpressionFunction function = ExpressionFunction::kHeader;
    std::string_view refusal{};  // not empty: why it is not here
};

constexpr std::string_view kReadsFiles = "expressions here read no files";

constexpr FunctionName kFunctions[] = {
    {"base64", ExpressionFunction::kBase64},
    {"env", ExpressionFunction::kAnyEnvironment},
    {"escape", ExpressionFunction::kEscape},
    {"file", {}, kReadsFiles},
    {"filesize", {}, kReadsFiles},
    {"http", ExpressionFunction::kHeader},
    {"ldap", {}, "there is no LDAP here"},
    {"md5", ExpressionFunction::kMd5},
    {"note", ExpressionFunction::kNote},
    {"osenv", ExpressionFunction::kServerEnvironment},
    {"req", ExpressionFunction::kHeader},
    {"req_novary", ExpressionFunction::kHeaderWithoutVary},
    {"reqenv", ExpressionFunction::kRequestEnvironment},
    {"resp", {}, "there is no response yet when expressions are evaluated"},
    {"sha1", ExpressionFunction::kSha1},
    {"ssl", {}, "there is no TLS here yet"},
    {"tolower", ExpressionFunction::kToLower},
    {"toupper", ExpressionFunction::kToUpper},
    {"unbase64", ExpressionFunction::kUnbase64},
    {"unescape", ExpressionFunction::kUnescape},
};

template <class Row>
std::string hint(std::string_view misspelt, std::span<const Row> rows) {
    std::vector<std::string_view> names(rows.size());
    std::ranges::transform(rows, names.begin(), &Row::name);
    const auto near = base::nearest(misspelt, names);
    return near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
}

base::Result<ExpressionFunction> function_called(
    std::string_view name, std::size_t position, Author author
) {
    const auto* const row = std::ranges::find_if(kFunctions, [&](const auto& known) {
        return base::equal_case_blind(known.name, name);
    });
    if (row == std::end(kFunctions)) {
        return ExpressionCursor::complain(
            position,
            fmt::format(
                "unknown function \"{}\"{}",
                name,
                hint(name, std::span<const FunctionName>(kFunctions))
            )
        );
    }
    if (!row->refusal.empty()) {
        return ExpressionCursor::complain(
            position, fmt::format("the function \"{}\" is refused: {}", name, row->refusal)
        );
    }
    if (author == Author::kHtaccess && row->function == ExpressionFunction::kServerEnvironment) {
        return ExpressionCursor::complain(
            position,
            fmt::format(
                "the function \"{}\" is refused in .htaccess: the environment of the server is its "
                "administrator's, who can pass a variable on with \"SetEnvIf Request_URI . "
                "NAME=${{NAME}}\"; here reqenv('NAME') has its value then",
                name
            )
        );
    }
    const bool is_any = row->function == ExpressionFunction::kAnyEnvironment;
    return author == Author::kHtaccess && is_any ? ExpressionFunction::kRequestEnvironment
                                                 : row->function;
}

base::Result<Node> variable_called(std::string_view name, std::size_t position) {
    if (const auto variable = find_server_variable(name)) {
        return Node{.kind = NodeKind::kVariable, .variable = *variable};
    }
    if (const auto reason = why_no_server_variable(name); !reason.empty()) {
        return ExpressionCursor::complain(
            position, fmt::format("the variable \"{}\" is refused: {}", name, reason)
        );
    }
    auto advice = hint(name, server_variables());
    if (advice.empty() && name.starts_with("HTTP_")) {
        advice = "; the field X-Name of a request is %{HTTP:X-Name}";
    } else if (advice.empty()) {
        advice = fmt::format("; an environment variable is %{{ENV:{}}}", name);
    }
    return ExpressionCursor::complain(
        position, fmt::format("unknown variable \"{}\"{}", name, advice)
    );
}

// Words that follow each other, as one.
class Pieces {
public:
    void add(char c) {
        if (pieces_.empty() || pieces_.back().kind != NodeKind::kText) {
            pieces_.emplace_back();
        }
        pieces_.back().text.push_back(c);
    }
    void add(Node piece) {
        const bool ends_with_text = !pieces_.empty() && pieces_.back().kind == NodeKind::kText;
        if (piece.kind == NodeKind::kConcatenation) {
            for (Node& inner : piece.operands) {
                add(std::move(inner));
            }
        } else if (piece.kind == NodeKind::kText && ends_with_text) {
            pieces_.back().text.append(piece.text);
        } else {
            pieces_.push_back(std::move(piece));
        }
    }
    Node take() {
        if (pieces_.empty()) {
            return Node();
        }
        if (pieces_.size() == 1) {
            return std::move(pieces_.front());
        }
        return Node{.kind = NodeKind::kConcatenation, .operands = std::move(pieces_)};
    }

private:
    std::vector<Node> pieces_;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Node call(ExpressionFunction function, Node argument) {
    Node node{.kind = NodeKind::kCall, .function = function};
    node.operands.push_back(std::move(argument));
    return node;
}

// "%{NAME}" or "%{function:argument}"; the cursor is behind "%{".
base::Result<Node> read_variable_or_call(ExpressionCursor& cursor) {
    const auto position = cursor.position();
    const auto name = cursor.peek_name();
    if (name.empty()) {
        return cursor.expected("the name of a variable or function behind \"%{\"");
    }
    cursor.advance(name.size());
    if (cursor.take("}")) {
        return variable_called(name, position);
    }
    if (!cursor.take(":")) {
        return cursor.expected("\"}\" or \":\" behind the name in \"%{\"");
    }
    const auto function = TRY(function_called(name, position, cursor.author()));
    if (cursor.peek() == '}') {
        return cursor.expected(fmt::format("something behind \"%{{{}:\"", name));
    }
    TRY(cursor.enter());
    auto argument = TRY(read_pieces(cursor, '}'));
    cursor.leave();
    return call(function, std::move(argument));
}

// A backslash and what it stands for.
base::Result<char> read_escaped_character(ExpressionCursor& cursor) {
    constexpr unsigned kBase = 8;
    constexpr int kDigitsMax = 3;
    const auto position = cursor.position();
    cursor.advance();
    if (cursor.is_at_end()) {
        return '\\';
    }
    if (is_digit(cursor.peek())) {
        unsigned number = 0;
        for (int i = 0; i < kDigitsMax && cursor.peek() >= '0' && cursor.peek() <= '7'; ++i) {
            number = number * kBase + static_cast<unsigned>(cursor.peek() - '0');
            cursor.advance();
        }
        if (number == 0 || number > UINT8_MAX) {
            return ExpressionCursor::complain(
                position, "expected an octal number from \\1 to \\377 behind the backslash"
            );
        }
        return static_cast<char>(number);
    }
    const char c = cursor.peek();
    cursor.advance();
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

Node group(ExpressionCursor& cursor) {
    const auto number = static_cast<std::uint8_t>(cursor.peek(1) - '0');
    cursor.advance(2);
    return Node{.kind = NodeKind::kGroup, .group = number};
}

base::Result<Node> read_call(ExpressionCursor& cursor) {
    const auto position = cursor.position();
    const auto name = cursor.peek_name();
    cursor.advance(name.size());
    cursor.skip_blanks();
    if (cursor.peek() != '(') {
        return ExpressionCursor::complain(
            position,
            fmt::format(
                "expected a string or a function with \"(\", not \"{0}\"; a text needs "
                "quotes: '{0}'",
                name
            )
        );
    }
    const auto function = TRY(function_called(name, position, cursor.author()));
    cursor.advance();
    TRY(cursor.enter());
    auto argument = TRY(read_expression_word(cursor));
    cursor.leave();
    cursor.skip_blanks();
    if (!cursor.take(")")) {
        return cursor.expected(fmt::format("\")\" behind the argument of {}", name));
    }
    return call(function, std::move(argument));
}

base::Result<Node> read_simple_word(ExpressionCursor& cursor) {
    cursor.skip_blanks();
    const char c = cursor.peek();
    if (c == '\'' || c == '"') {
        cursor.advance();
        return read_pieces(cursor, c);
    }
    if (is_digit(c) || (c == '-' && is_digit(cursor.peek(1)))) {
        const auto start = cursor.position();
        cursor.advance();
        while (is_digit(cursor.peek())) {
            cursor.advance();
        }
        return Node{.text = std::string(cursor.since(start))};
    }
    if (cursor.take("%{")) {
        return read_variable_or_call(cursor);
    }
    if (c == '$' && is_digit(cursor.peek(1))) {
        return group(cursor);
    }
    if (!cursor.peek_name().empty()) {
        return read_call(cursor);
    }
    return cursor.expected("a string in quotes, a number, %{NAME}, $1 or a function");
}

}  // namespace

base::Result<Node> read_expression_word(ExpressionCursor& cursor) {
    Pieces pieces;
    for (;;) {
        pieces.add(TRY(read_simple_word(cursor)));
        cursor.skip_blanks();
        if (!cursor.take(".")) {
            return pieces.take();
        }
    }
}

base::Result<Node> read_pieces(ExpressionCursor& cursor, std::optional<char> end) {
    const auto start = cursor.position() - (end ? 1 : 0);
    Pieces pieces;
    while (!cursor.is_at_end()) {
        const char c = cursor.peek();
        if (end == c) {
            cursor.advance();
            return pieces.take();
        }
        if (c == '\\') {
            pieces.add(TRY(read_escaped_character(cursor)));
        } else if (cursor.take("%{")) {
            pieces.add(TRY(read_variable_or_call(cursor)));
        } else if (c == '$' && is_digit(cursor.peek(1))) {
            pieces.add(group(cursor));
        } else {
            pieces.add(c);
            cursor.advance();
        }
    }
    if (end) {
        return ExpressionCursor::complain(
            start, fmt::format("expected a {} that ends what begins here", *end)
        );
    }
    return pieces.take();
}

base::Result<base::Regex> read_regex(ExpressionCursor& cursor) {
    constexpr std::string_view kDelimiters = "/#$%^|?!'\",;:._-";
    cursor.skip_blanks();
    const auto position = cursor.position();
    const bool has_m = cursor.peek() == 'm';
    cursor.advance(has_m ? 1 : 0);
    const char delimiter = cursor.peek();
    const bool is_delimiter =
        has_m ? kDelimiters.find(delimiter) != std::string_view::npos : delimiter == '/';
    if (cursor.is_at_end() || !is_delimiter) {
        return ExpressionCursor::complain(
            position,
            "expected a regular expression: /regex/ or m#regex#, with an \"i\" behind to ignore "
            "case"
        );
    }
    cursor.advance();
    const auto start = cursor.position();
    while (cursor.peek() != delimiter && !cursor.is_at_end()) {
        cursor.advance();
    }
    const std::string pattern(cursor.since(start));
    if (!cursor.take(std::string_view(&delimiter, 1))) {
        return ExpressionCursor::complain(
            position,
            fmt::format("this regular expression is not closed: expected another {}", delimiter)
        );
    }
    if (pattern.ends_with('\\') && !pattern.ends_with("\\\\")) {
        return ExpressionCursor::complain(
            position,
            fmt::format(
                "a regular expression ends at the next {0}, even behind a backslash: expected "
                "another delimiter, such as m#regex#",
                delimiter
            )
        );
    }
    const bool is_case_blind = cursor.take("i");
    const auto behind = cursor.peek_name();
    if (!behind.empty() && behind != "and" && behind != "or") {
        return cursor.expected("only the flag \"i\" behind a regular expression");
    }
    auto regex = base::Regex::compile(pattern, is_case_blind);
    if (!regex) {
        return ExpressionCursor::complain(start, regex.error().what);
    }
    return regex;
}

}  // namespace config
