// Texts of rules with their variables filled in: "$1", "%1", "%{NAME}", "${map:key|default}" and
// "\" before any of them. In one pass: what comes out is never looked at again.
// One thread; lives for one rule.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text/regex.h"
#include "core/config/model/rewrite_rules.h"
#include "core/site/rewrite/rewrite.h"

namespace site {

// What expressions have captured, as copies: the texts that they were matched with change.
struct References {
    std::array<std::string, base::Captures::kMax> of_rule;       // "$0" to "$9"
    std::array<std::string, base::Captures::kMax> of_condition;  // "%0" to "%9"
};

struct Expanded {
    std::string text;
    // Where in it are bytes of variables and captures as they are, that is, not written in the
    // configuration and not escaped: [begin, end), ascending.
    std::vector<std::pair<std::size_t, std::size_t>> foreign;

    [[nodiscard]] bool is_foreign(std::size_t at) const;
    void append(std::string_view more, bool is_foreign_text);
    void append(const Expanded& more);
};

class Expansion {
public:
    Expansion(const Walk& walk, const References& references, const RewriteMeans& means)
        : walk_(walk), references_(references), means_(means) {}

    // With a rule, its [B] escapes captures. An error says that the text has grown too long.
    base::Result<Expanded> expand(
        std::string_view text, const config::RewriteRule* escaping = nullptr
    );

    // The header fields that variables have asked for since this was called last.
    std::vector<std::string> take_fields() { return std::exchange(fields_, {}); }

    static constexpr std::size_t kLongest = 512 << 10;

private:
    void append_variable(std::string_view name, Expanded& out);
    base::Result<> append_from_map(
        std::string_view inside, const config::RewriteRule* escaping, Expanded& out
    );
    // What "$" or "%" at `at` stands for; moves `at` behind it.
    base::Result<> append_special(
        std::string_view text, std::size_t& at, const config::RewriteRule* escaping, Expanded& out
    );

    const Walk& walk_;
    const References& references_;
    const RewriteMeans& means_;
    std::vector<std::string> fields_;
};

// A capture as [B], [B=…], [BNE=…] and [BCTLS] have it.
std::string escaped_capture(std::string_view capture, const config::RewriteRule& rule);

}  // namespace site
