// The words of an expression: strings with %{variables} and $1 in them, numbers, functions, and
// regular expressions. Used by expression.cc only. One thread; each goes behind what it has read.
#pragma once

#include <optional>

#include "core/base/text/regex.h"
#include "core/config/expression/expression_cursor.h"
#include "core/config/expression/expression_nodes.h"

namespace config {

// 'text' . %{NAME} . tolower('x') . 5
base::Result<ExpressionNode> read_expression_word(ExpressionCursor& cursor);

// Text with variables and back-references in it, up to `end` and behind it; to the end of
// everything without `end`.
base::Result<ExpressionNode> read_pieces(ExpressionCursor& cursor, std::optional<char> end);

// /pattern/, m#pattern#, with or without an "i" behind.
base::Result<base::Regex> read_regex(ExpressionCursor& cursor);

}  // namespace config
