// What whoever wrote a line is likely to have overlooked, for the sentence that refuses it. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/config/language/line_tokenizer.h"

namespace config {

// Characters that cannot be seen, as texts copied from web pages have them, stand in it by number.
std::string unknown_directive(std::string_view name);

// "", or that a comment has a line of its own: where `line` seems to end in one.
std::string comment_hint(const Line& line);

}  // namespace config
