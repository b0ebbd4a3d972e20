// mod_rewrite's directives as data: RewriteEngine, RewriteOptions, RewriteBase, RewriteMap,
// RewriteCond, RewriteRule. Executed by core/site/rewrite. Plain data; read by any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text/regex.h"
#include "core/config/expression/expression.h"
#include "core/config/model/place.h"

namespace config {

// RewriteOptions, as bits.
namespace rewrite_option {
using Bits = std::uint16_t;
inline constexpr Bits kInherit = 1;
inline constexpr Bits kInheritBefore = 2;
inline constexpr Bits kInheritDown = 4;
inline constexpr Bits kInheritDownBefore = 8;
inline constexpr Bits kIgnoreInherit = 16;
inline constexpr Bits kAllowNoSlash = 32;
inline constexpr Bits kAllowAnyUri = 64;
inline constexpr Bits kMergeBase = 128;
inline constexpr Bits kIgnoreContextInfo = 256;
inline constexpr Bits kLegacyPrefixDocRoot = 512;
inline constexpr Bits kLongUrlOptimization = 1024;
}  // namespace rewrite_option

// RewriteCond.
struct RewriteCondition {
    enum class Test : std::uint8_t {
        kRegex,
        kLess,  // "<": as texts
        kLessOrEqual,
        kEqual,
        kGreaterOrEqual,
        kGreater,
        kNumberLess,  // "-lt": as whole numbers
        kNumberLessOrEqual,
        kNumberEqual,
        kNumberGreaterOrEqual,
        kNumberGreater,
        kIsFile,
        kHasContent,
        kIsDirectory,
        kIsLink,
        kIsExecutable,
        kExpression,
    };
    Test test = Test::kRegex;
    bool is_negated = false;
    bool is_case_blind = false;  // [NC]
    bool is_or_next = false;     // [OR]
    bool is_no_vary = false;     // [NV]
    std::string input;           // to be expanded; unused by kExpression
    std::string pattern;         // without "!" and operator: what texts and numbers compare with
    std::optional<base::Regex> regex;      // of kRegex
    std::optional<Expression> expression;  // of kExpression
    std::string text;                      // the arguments as written
};

// RewriteRule.
struct RewriteRule {
    enum class Escape : std::uint8_t { kNone, kAll, kListed, kAllButListed, kControls };

    explicit RewriteRule(base::Regex its_regex) : regex(std::move(its_regex)) {}

    base::Regex regex;
    bool is_negated = false;
    std::string substitution;
    bool is_match_only = false;  // "-", [F], [G] and [R] with a status that redirects nowhere
    std::vector<RewriteCondition> conditions;

    bool is_redirect = false;                  // [R]
    int status = 302;                          // of a redirect, or with `answers_status`
    bool answers_status = false;               // [F], [G], [R=404]
    bool is_last = false;                      // [L]
    bool is_end = false;                       // [END]
    bool is_chained = false;                   // [C]
    bool is_passed_through = false;            // [PT]
    bool is_next_round = false;                // [N]
    int rounds_max = kRoundsMax;               // [N=…]
    int skip = 0;                              // [S=…]
    bool appends_query = false;                // [QSA]
    bool discards_query = false;               // [QSD]
    bool splits_query_last = false;            // [QSL]
    bool is_unescaped = false;                 // [NE]
    bool discards_path_info = false;           // [DPI]
    bool is_not_for_subrequests = false;       // [NS]
    bool allows_question_marks = false;        // [UnsafeAllow3F]
    bool allows_any_prefix = false;            // [UnsafePrefixStat]
    Escape escape = Escape::kNone;             // [B], [B=…], [BNE=…], [BCTLS]
    std::string escape_list;                   // of B= or BNE=
    bool escapes_blank_as_percent_20 = false;  // [BNP]
    std::vector<std::string> variables;        // [E=…], each as written behind the "="
    std::vector<std::string> cookies;          // [CO=…], likewise
    std::string handler;                       // [H=…]; "" for none
    std::string content_type;                  // [T=…]; "" for none

    std::string text;  // the arguments as written
    Place place;

    static constexpr int kRoundsMax = 1000;
};

// RewriteMap.
struct RewriteMap {
    enum class Kind : std::uint8_t {
        kText,
        kRandom,
        kDbm,
        kToUpper,
        kToLower,
        kEscape,
        kUnescape,
    };
    std::string name;
    Kind kind = Kind::kText;
    std::string path;  // absolute; of a Dbm without ".pag"; "" for functions
    std::string text;  // the source as written
    Place place;
};

struct RewriteRules {
    // Says anything about rewriting at all.
    bool is_given = false;
    // Stands outside of all sections and not in .htaccess: applies to URLs, before they become file
    // names. Such rules are no rules of a directory, even where a section's settings start from
    // them.
    bool is_of_server = false;
    // What the names of files start with that rules of a directory look at, as written, with a
    // final "/"; "" with is_of_server.
    std::string directory;
    std::optional<bool> engine;
    std::optional<rewrite_option::Bits> options;
    std::optional<std::string> base;  // RewriteBase
    std::vector<RewriteRule> rules;
    std::vector<RewriteCondition> pending;  // no rule follows them yet
    std::vector<RewriteMap> maps;           // only with is_of_server

    [[nodiscard]] bool is_on() const { return engine.value_or(false); }
    [[nodiscard]] bool has(rewrite_option::Bits option) const {
        return (options.value_or(0) & option) != 0;
    }

    // A section that says anything about rewriting replaces the rules of the outer one, but for
    // RewriteOptions Inherit and its kin; engine and options stay where it does not mention them. A
    // virtual host likewise overlays the main server.
    void overlay(const RewriteRules& inner);
};

}  // namespace config
