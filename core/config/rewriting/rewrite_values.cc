#include "core/config/rewriting/rewrite_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/rewriting/rewrite_words.h"
#include "core/config/values/binding.h"

namespace config {
namespace {

const RewriteRules& shown_rules(const View& view) {
    return member<&DirectorySettings::rewriting>(view);
}

struct OptionName {
    std::string_view name;
    rewrite_option::Bits bit;
};

constexpr OptionName kOptionNames[] = {
    {"AllowAnyURI", rewrite_option::kAllowAnyUri},
    {"AllowNoSlash", rewrite_option::kAllowNoSlash},
    {"IgnoreContextInfo", rewrite_option::kIgnoreContextInfo},
    {"IgnoreInherit", rewrite_option::kIgnoreInherit},
    {"Inherit", rewrite_option::kInherit},
    {"InheritBefore", rewrite_option::kInheritBefore},
    {"InheritDown", rewrite_option::kInheritDown},
    {"InheritDownBefore", rewrite_option::kInheritDownBefore},
    {"LegacyPrefixDocRoot", rewrite_option::kLegacyPrefixDocRoot},
    {"LongURLOptimization", rewrite_option::kLongUrlOptimization},
    {"MergeBase", rewrite_option::kMergeBase},
};

std::string unknown_option(std::string_view word) {
    std::vector<std::string_view> names;
    for (const auto& option : kOptionNames) {
        names.push_back(option.name);
    }
    const auto near = base::nearest(word, names);
    return near.empty() ? fmt::format("\"{}\": expected one of {}", word, fmt::join(names, ", "))
                        : fmt::format("\"{}\": unknown option; did you mean \"{}\"?", word, near);
}

// --- RewriteCond

using Test = RewriteCondition::Test;

struct TestOperator {
    std::string_view text;
    Test test;
    bool is_negated = false;
};

// Longer ones first. Each needs something behind it, which Apache asks for too: "-lt" alone, or a
// single "<", is an expression.
constexpr TestOperator kOperators[] = {
    {"-lt", Test::kNumberLess},
    {"-le", Test::kNumberLessOrEqual},
    {"-eq", Test::kNumberEqual},
    {"-ne", Test::kNumberEqual, true},
    {"-ge", Test::kNumberGreaterOrEqual},
    {"-gt", Test::kNumberGreater},
    {"<=", Test::kLessOrEqual},
    {">=", Test::kGreaterOrEqual},
    {"<", Test::kLess},
    {">", Test::kGreater},
    {"=", Test::kEqual},
};

constexpr std::array<std::pair<std::string_view, Test>, 7> kFileTests = {{
    {"-f", Test::kIsFile},
    {"-s", Test::kHasContent},
    {"-d", Test::kIsDirectory},
    {"-l", Test::kIsLink},
    {"-L", Test::kIsLink},
    {"-h", Test::kIsLink},
    {"-x", Test::kIsExecutable},
}};

// What a rule or a condition expands must be possible to expand.
base::Result<> check_text(std::string_view text) {
    constexpr int kDepthMax = 20;
    int depth = 0;
    for (const char c : text) {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (depth > kDepthMax) {
            return refuse(fmt::format("braces stand in each other more than {} deep", kDepthMax));
        }
    }
    for (const std::string_view ahead : {"%{LA-U:", "%{LA-F:"}) {
        if (text.find(ahead) != std::string_view::npos) {
            return refuse(fmt::format(
                "{}...}}: looking ahead at what a variable will be is not implemented; write the "
                "rule in a <Directory> section, where the variable is known",
                ahead
            ));
        }
    }
    return {};
}

// What kind of test the pattern is, and what it compares with.
base::Result<> read_test_pattern(std::string_view pattern, RewriteCondition& condition) {
    if (pattern == "-F" || pattern == "-U") {
        return refuse(fmt::format(
            "asking what another request would be answered is not implemented; {}",
            pattern == "-F" ? "write -f, which looks whether the file exists"
                            : "compare %{REQUEST_URI} with an expression"
        ));
    }
    const auto* const file_test =
        std::ranges::find(kFileTests, pattern, &std::pair<std::string_view, Test>::first);
    if (file_test != kFileTests.end()) {
        condition.test = file_test->second;
        return {};
    }
    for (const auto& one : kOperators) {
        if (pattern.size() > 1 && pattern.starts_with(one.text) &&
            (one.text.size() < 3 || pattern.size() > one.text.size())) {
            condition.test = one.test;
            condition.is_negated = condition.is_negated != one.is_negated;
            condition.pattern = pattern.substr(one.text.size());
            if (condition.test == Test::kEqual && condition.pattern == "\"\"") {
                condition.pattern.clear();
            }
            return {};
        }
    }
    condition.pattern = pattern;
    condition.regex = TRY(base::Regex::compile(pattern, condition.is_case_blind));
    return {};
}

base::Result<RewriteCondition> read_rewrite_condition(const Scope& scope, const std::string& text) {
    RewriteCondition condition;
    condition.text = text;
    const auto words = TRY(split_rewrite_words(text));
    TRY(read_condition_flags(words.flags, condition));
    TRY(check_text(words.first));
    condition.input = words.first;
    std::string_view pattern = words.second;
    if (pattern.starts_with('!')) {
        condition.is_negated = true;
        pattern.remove_prefix(1);
    }
    if (!base::equal_case_blind(words.first, "expr")) {
        if (const auto read = read_test_pattern(pattern, condition); !read) {
            return refuse(fmt::format("\"{}\": {}", words.second, read.error().what));
        }
        return condition;
    }
    auto expression = Expression::parse_condition(pattern, scope.author());
    if (!expression) {
        return refuse(fmt::format("\"{}\": {}", words.second, expression.error().what));
    }
    condition.test = Test::kExpression;
    condition.expression = *std::move(expression);
    return condition;
}

// --- RewriteRule

base::Result<RewriteRule> read_rewrite_rule(const Scope& scope, const std::string& text) {
    const auto words = TRY(split_rewrite_words(text));
    std::string_view pattern = words.first;
    const bool is_negated = pattern.starts_with('!');
    pattern.remove_prefix(is_negated ? 1 : 0);
    auto regex = base::Regex::compile(pattern, is_case_blind_rule(words.flags));
    if (!regex) {
        return refuse(fmt::format("\"{}\": {}", words.first, regex.error().what));
    }
    TRY(check_text(words.second));
    TRY(check_text(words.flags));
    RewriteRule rule(*std::move(regex));
    rule.is_negated = is_negated;
    rule.substitution = words.second;
    rule.is_match_only = words.second == "-";
    rule.text = text;
    rule.place = scope.place;
    TRY(read_rule_flags(words.flags, rule));
    if (rule.is_redirect && rule.is_match_only) {
        return refuse("flag \"R\" redirects to the second argument; write a URL instead of \"-\"");
    }
    return rule;
}

// What has been written about conditions and rules, each with its directive.
std::vector<std::pair<std::string_view, std::string_view>> lines_of(const RewriteRules& rules) {
    std::vector<std::pair<std::string_view, std::string_view>> lines;
    const auto add = [&](const std::vector<RewriteCondition>& conditions) {
        for (const auto& condition : conditions) {
            lines.emplace_back("RewriteCond", condition.text);
        }
    };
    for (const auto& rule : rules.rules) {
        add(rule.conditions);
        lines.emplace_back("RewriteRule", rule.text);
    }
    add(rules.pending);
    return lines;
}

std::vector<std::string> show_lines(const View& view, std::string_view directive) {
    const auto lines = lines_of(shown_rules(view));
    if (lines.empty() || lines.front().first != directive) {
        return {};
    }
    std::string out(lines.front().second);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        out += fmt::format("\n{} {}", lines[i].first, lines[i].second);
    }
    return {out};
}

// What rules written here take for the directory of files. A relative substitution in <If> has
// none.
std::string directory_of_rules(const Scope& scope) {
    if (scope.section == VirtualHost::kNoSection) {
        return std::string(scope.directory);
    }
    const auto& section = scope.config.sections.at(scope.section);
    return section.kind >= SectionKind::kIf ? "*If" : section.pattern;
}

}  // namespace

RewriteRules& rewriting_of(Scope& scope) {
    auto& rules = settings_of(scope).rewriting;
    if (!rules.is_given) {
        rules.is_given = true;
        rules.is_of_server = scope.section == VirtualHost::kNoSection && !scope.is_htaccess;
        if (!rules.is_of_server) {
            rules.directory = directory_of_rules(scope);
            if (!rules.directory.ends_with('/')) {
                rules.directory.push_back('/');
            }
        }
    }
    return rules;
}

RewriteRules rewriting_of_host(const Config& config, std::uint32_t host) {
    const auto said = [&](std::uint32_t index) {
        const auto defaults = config.hosts.at(index).defaults;
        return defaults == VirtualHost::kNoSection
                   ? RewriteRules()
                   : config.sections.at(defaults).settings.rewriting;
    };
    const auto own = said(host);
    auto rules = host == 0 || !own.is_given ? RewriteRules() : said(0);
    rules.overlay(own);
    return rules;
}

base::Result<> apply_rewrite_engine(Scope& scope, Words words) {
    rewriting_of(scope).engine = TRY(read_on_off(words[0]));
    return {};
}

std::vector<std::string> show_rewrite_engine(const View& view) {
    const auto& engine = shown_rules(view).engine;
    return engine ? std::vector<std::string>{*engine ? "On" : "Off"} : std::vector<std::string>();
}

base::Result<> apply_rewrite_options(Scope& scope, Words words) {
    auto& rules = rewriting_of(scope);
    auto bits = rules.options.value_or(0);
    for (const auto& word : words) {
        constexpr std::string_view kRemoved = "MaxRedirects=";
        if (base::equal_case_blind(std::string_view(word).substr(0, kRemoved.size()), kRemoved)) {
            TRY(read_number(std::string_view(word).substr(kRemoved.size()), 1, 1'000'000));
            continue;  // without effect in Apache 2.4, too
        }
        const auto* const option = std::ranges::find_if(kOptionNames, [&](const auto& one) {
            return base::equal_case_blind(one.name, word);
        });
        if (option == std::end(kOptionNames)) {
            return refuse(unknown_option(word));
        }
        bits = static_cast<rewrite_option::Bits>(bits | option->bit);
    }
    rules.options = bits;
    return {};
}

std::vector<std::string> show_rewrite_options(const View& view) {
    std::vector<std::string_view> names;
    for (const auto& option : kOptionNames) {
        if (shown_rules(view).has(option.bit)) {
            names.push_back(option.name);
        }
    }
    return names.empty() ? std::vector<std::string>()
                         : std::vector<std::string>{fmt::format("{}", fmt::join(names, " "))};
}

base::Result<> apply_rewrite_base(Scope& scope, Words words) {
    if (scope.section == VirtualHost::kNoSection && !scope.is_htaccess) {
        return refuse("is for rules of a directory; move it into <Directory>");
    }
    if (!words[0].starts_with('/')) {
        return refuse("expected a URL path that starts with \"/\"");
    }
    rewriting_of(scope).base = words[0];
    return {};
}

std::vector<std::string> show_rewrite_base(const View& view) {
    const auto& base = shown_rules(view).base;
    return base ? std::vector<std::string>{*base} : std::vector<std::string>();
}

base::Result<> apply_rewrite_cond(Scope& scope, Words words) {
    auto condition = TRY(read_rewrite_condition(scope, words[0]));
    rewriting_of(scope).pending.push_back(std::move(condition));
    return {};
}

std::vector<std::string> show_rewrite_cond(const View& view) {
    return show_lines(view, "RewriteCond");
}

base::Result<> apply_rewrite_rule(Scope& scope, Words words) {
    auto rule = TRY(read_rewrite_rule(scope, words[0]));
    auto& rules = rewriting_of(scope);
    rule.conditions = std::exchange(rules.pending, {});
    rules.rules.push_back(std::move(rule));
    return {};
}

std::vector<std::string> show_rewrite_rule(const View& view) {
    return show_lines(view, "RewriteRule");
}

}  // namespace config
