#include "core/config/expression/expression_cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/expression/expression_nodes.h"

namespace config {
namespace {

bool is_name_character(char c) { return base::is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }
bool is_between_words(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

char ExpressionCursor::peek(std::size_t ahead) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

std::string_view ExpressionCursor::peek_name() const {
    const std::string_view rest = text_.substr(position_);
    if (rest.empty() || !base::is_letter(rest.front())) {
        return {};
    }
    const auto* const end = std::ranges::find_if_not(rest, is_name_character);
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

void ExpressionCursor::skip_blanks() {
    while (!is_at_end() && is_between_words(text_[position_])) {
        ++position_;
    }
}

bool ExpressionCursor::take(std::string_view symbol) {
    const bool is_here = text_.substr(position_).starts_with(symbol);
    position_ += is_here ? symbol.size() : 0;
    return is_here;
}

bool ExpressionCursor::take_name(std::string_view name) {
    return peek_name() == name && take(name);
}

base::Result<> ExpressionCursor::enter() {
    if (depth_ == kExpressionDepthMax) {
        return complain(
            position_,
            fmt::format("more than {} parentheses and functions in each other", kExpressionDepthMax)
        );
    }
    ++depth_;
    return {};
}

tl::unexpected<base::Error> ExpressionCursor::expected(std::string_view what) const {
    std::string found = "the end";
    if (!is_at_end()) {
        const auto name = peek_name();
        const auto blank = std::ranges::find_if(text_.substr(position_), [](char c) {
            return is_between_words(c) || is_name_character(c) || c == '\'' || c == '"';
        });
        constexpr std::ptrdiff_t kSymbolMax = 2;
        const auto symbol =
            std::clamp<std::ptrdiff_t>(blank - text_.substr(position_).begin(), 1, kSymbolMax);
        found = fmt::format(
            "\"{}\"",
            name.empty() ? text_.substr(position_, static_cast<std::size_t>(symbol)) : name
        );
    }
    return complain(position_, fmt::format("expected {}, not {}", what, found));
}

tl::unexpected<base::Error> ExpressionCursor::complain(
    std::size_t position, std::string_view sentence
) {
    return base::fail(
        base::Fault::kConfig, fmt::format("character {}: {}", position + 1, sentence)
    );
}

}  // namespace config
