// The arguments of RewriteCond and RewriteRule: up to three words by mod_rewrite's own lexical
// rules, and flags in brackets. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/rewrite_rules.h"

namespace config {

// A word ends at a blank, or where it starts with a quote at the next one. A backslash keeps a
// blank in a word; both stay. What follows the third word means nothing.
struct RewriteWords {
    std::string first;
    std::string second;
    std::string flags;  // with its brackets; "" where none are written
};
base::Result<RewriteWords> split_rewrite_words(std::string_view text);

// "[NC,E=a:b]" → "NC", "" and "E", "a:b".
struct RewriteFlag {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
};
base::Result<std::vector<RewriteFlag>> split_rewrite_flags(std::string_view flags);

// Reads flags into a condition, or into a rule. Errors name the flag.
base::Result<> read_condition_flags(std::string_view flags, RewriteCondition& condition);
base::Result<> read_rule_flags(std::string_view flags, RewriteRule& rule);

// Whether [NC] is among them; a rule's expression has to know before there is a rule.
bool is_case_blind_rule(std::string_view flags);

}  // namespace config
