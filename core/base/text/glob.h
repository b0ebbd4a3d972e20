// Shell patterns, as in Apache: "*" is any text, "?" one character, "[a-z]" one of a set, "[!a-z]"
// or "[^a-z]" one that is not, "\" takes the next character as it is. Pure functions; any thread.
#pragma once

#include <string_view>

#include "core/base/text/regex.h"

namespace base {

struct GlobRules {
    bool is_case_blind = false;  // A to Z
    bool is_path = false;        // only a "/" matches "/"
};

// Never recursive; gives up on two texts whose comparison would take too many steps,
// and where the thread's Effort is spent.
Match glob_match(std::string_view pattern, std::string_view text, GlobRules rules = {});

}  // namespace base
