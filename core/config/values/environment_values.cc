#include "core/config/values/environment_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/process/process_environment.h"
#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

using Subject = ConditionalVariables::Subject;

constexpr std::string_view kSetEnvIf = "SetEnvIf";
constexpr std::string_view kSetEnvIfExpr = "SetEnvIfExpr";
constexpr std::string_view kSetEnvIfNoCase = "SetEnvIfNoCase";
constexpr std::string_view kBrowserMatch = "BrowserMatch";
constexpr std::string_view kBrowserMatchNoCase = "BrowserMatchNoCase";

struct NamedSubject {
    std::string_view name;
    Subject subject;
};
constexpr std::array kSubjects = {
    NamedSubject{"Remote_Addr", Subject::kRemoteAddr},
    NamedSubject{"Remote_Host", Subject::kRemoteHost},
    NamedSubject{"Request_Method", Subject::kRequestMethod},
    NamedSubject{"Request_Protocol", Subject::kRequestProtocol},
    NamedSubject{"Request_URI", Subject::kRequestUri},
    NamedSubject{"Server_Addr", Subject::kServerAddr},
};

EnvironmentRules& environment_rules_of(Scope& scope) { return settings_of(scope).environment; }

bool is_outside_of_sections(const Scope& scope) {
    return scope.section == VirtualHost::kNoSection && !scope.is_htaccess;
}

base::Result<std::string> read_name(std::string_view name) {
    if (name.empty()) {
        return refuse("\"\": expected the name of a variable");
    }
    return std::string(name);
}

base::Result<Assignment> read_assignment(std::string_view word) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
        if (word.starts_with('!')) {
            return Assignment{TRY(read_name(word.substr(1))), std::nullopt};
        }
        return Assignment{TRY(read_name(word)), "1"};
    }
    auto name = read_name(word.substr(0, equals));
    if (!name) {
        return refuse(fmt::format("\"{}\": expected name, name=value or !name", word));
    }
    const auto value = word.substr(equals + 1);
    if (value.starts_with('!')) {
        return Assignment{*std::move(name), std::nullopt};
    }
    return Assignment{*std::move(name), std::string(value.empty() ? "1" : value)};
}

// Whether a pattern is text that is looked for as it is.
bool is_plain_text(std::string_view pattern) {
    const auto is_special = [](char c) {
        return std::string_view("^.$|()[]*+?{}").find(c) != std::string_view::npos;
    };
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] == '\\') {
            ++at;
            if (at < pattern.size() && pattern[at] != '\\' && !is_special(pattern[at])) {
                return false;
            }
        } else if (is_special(pattern[at])) {
            return false;
        }
    }
    return true;
}

// What is looked at: an attribute of the request, a field, a variable, or fields by pattern.
base::Result<> read_subject(const std::string& word, ConditionalVariables& out) {
    constexpr std::string_view kObjectId = "OID(";
    if (word.empty()) {
        return refuse("\"\": expected an attribute such as Request_URI, or a header field");
    }
    if (base::equal_case_blind(std::string_view(word).substr(0, kObjectId.size()), kObjectId)) {
        return refuse(fmt::format(
            "\"{}\": extensions of client certificates are implemented later, with TLS", word
        ));
    }
    const auto* const named = std::ranges::find_if(kSubjects, [&](const NamedSubject& subject) {
        return base::equal_case_blind(subject.name, word);
    });
    const auto is_of_name = [](char c) {
        return base::is_letter_or_digit(c) || c == '-' || c == '_';
    };
    if (named != kSubjects.end()) {
        out.subject = named->subject;
    } else if (std::ranges::all_of(word, is_of_name)) {
        out.subject = Subject::kField;
        out.name = word;
    } else {
        // Names of fields are case-blind, and so is what looks for them.
        out.subject = Subject::kFieldPattern;
        out.names = TRY(read_regular_expression(word, true));
    }
    return {};
}

base::Result<> read_assignments(Words words, ConditionalVariables& out) {
    if (words.empty()) {
        return refuse(fmt::format(
            "expected one or more of name, name=value and !name at the end, as in \"{}{} name\"",
            out.directive,
            out.text
        ));
    }
    for (const auto& word : words) {
        out.assignments.push_back(TRY(read_assignment(word)));
        out.text += fmt::format(" {}", in_quotes(word));
    }
    return {};
}

void add_conditional(Scope& scope, ConditionalVariables rule) {
    rule.is_early = is_outside_of_sections(scope);
    rule.is_from_htaccess = scope.is_htaccess;
    rule.place = scope.place;
    rule.text.erase(0, 1);  // the blank in front
    environment_rules_of(scope).conditional.push_back(
        std::make_shared<const ConditionalVariables>(std::move(rule))
    );
}

// "pattern assignment ..." where the subject is known.
base::Result<> read_pattern_and_assignments(
    Words words, bool is_case_blind, ConditionalVariables& rule
) {
    if (words[0].empty()) {
        return refuse("\"\": expected a regular expression; \"^$\" is an empty or missing field");
    }
    rule.pattern = TRY(read_regular_expression(words[0], is_case_blind));
    rule.has_captures = !is_plain_text(words[0]);
    rule.text += fmt::format(" {}", in_quotes(words[0]));
    return read_assignments(words.subspan(1), rule);
}

base::Result<> apply_if(Scope& scope, Words words, std::string_view directive, bool is_case_blind) {
    ConditionalVariables rule;
    rule.directive = directive;
    rule.text = fmt::format(" {}", in_quotes(words[0]));
    TRY(read_subject(words[0], rule));
    TRY(read_pattern_and_assignments(words.subspan(1), is_case_blind, rule));
    add_conditional(scope, std::move(rule));
    return {};
}

base::Result<> apply_browser(
    Scope& scope, Words words, std::string_view directive, bool is_case_blind
) {
    ConditionalVariables rule;
    rule.directive = directive;
    rule.subject = Subject::kField;
    rule.name = "User-Agent";
    TRY(read_pattern_and_assignments(words, is_case_blind, rule));
    add_conditional(scope, std::move(rule));
    return {};
}

template <class Line>
std::vector<std::string> show_fixed(const View& view, FixedVariable::Kind kind, Line line) {
    std::vector<std::string> lines;
    if (view.settings != nullptr) {
        for (const auto& variable : view.settings->environment.fixed) {
            if (variable.kind == kind) {
                lines.push_back(line(variable));
            }
        }
    }
    return lines;
}

using Conditionals = std::vector<std::shared_ptr<const ConditionalVariables>>;

// Whether the order of lines with different names counts.
bool are_mixed(const Conditionals& rules) {
    return std::ranges::any_of(rules, [&](const auto& rule) {
        return rule->directive != rules.front()->directive;
    });
}

std::vector<std::string> show_conditional(const View& view, std::string_view directive) {
    std::vector<std::string> lines;
    if (view.settings == nullptr) {
        return lines;
    }
    const auto& rules = view.settings->environment.conditional;
    if (!rules.empty() && rules.front()->directive == directive && !are_mixed(rules)) {
        std::ranges::transform(rules, std::back_inserter(lines), [](const auto& rule) {
            return rule->text;
        });
    }
    return lines;
}

std::string quoted_name(const FixedVariable& variable) { return in_quotes(variable.name); }

// A request has no more of them either (request::Variables), and each looks for its name among the
// others.
base::Result<> add(Scope& scope, FixedVariable variable) {
    auto& rules = environment_rules_of(scope);
    rules.add(std::move(variable));
    return rules.fixed.size() <= EnvironmentRules::kFixedMax
               ? base::Result<>()
               : base::fail(
                     base::Fault::kConfig,
                     fmt::format("more than {} variables in one place", EnvironmentRules::kFixedMax)
                 );
}

}  // namespace

base::Result<> apply_set_env(Scope& scope, Words words) {
    FixedVariable variable;
    variable.name = TRY(read_name(words[0]));
    variable.value = words.size() > 1 ? words[1] : std::string();
    variable.is_from_htaccess = scope.is_htaccess;
    variable.place = scope.place;
    return add(scope, std::move(variable));
}

base::Result<> apply_pass_env(Scope& scope, Words words) {
    for (const auto& word : words) {
        FixedVariable variable;
        variable.name = TRY(read_name(word));
        variable.kind = FixedVariable::Kind::kPassed;
        variable.is_from_htaccess = scope.is_htaccess;
        variable.place = scope.place;
        if (scope.is_htaccess) {
            TRY(add(scope, std::move(variable)));  // its value is not for strangers
            continue;
        }
        // A variable that is not there stays unset, and Apache goes on, too.
        if (const auto value = base::process_variable(word)) {
            variable.value = *value;
            TRY(add(scope, std::move(variable)));
        }
    }
    return {};
}

base::Result<> apply_unset_env(Scope& scope, Words words) {
    for (const auto& word : words) {
        FixedVariable variable;
        variable.name = TRY(read_name(word));
        variable.kind = FixedVariable::Kind::kUnset;
        variable.place = scope.place;
        TRY(add(scope, std::move(variable)));
    }
    return {};
}

std::vector<std::string> show_set_env(const View& view) {
    return show_fixed(view, FixedVariable::Kind::kSet, [](const FixedVariable& variable) {
        return fmt::format("{} {}", in_quotes(variable.name), in_quotes(variable.value));
    });
}

std::vector<std::string> show_pass_env(const View& view) {
    return show_fixed(view, FixedVariable::Kind::kPassed, quoted_name);
}

std::vector<std::string> show_unset_env(const View& view) {
    return show_fixed(view, FixedVariable::Kind::kUnset, quoted_name);
}

base::Result<> apply_set_env_if(Scope& scope, Words words) {
    return apply_if(scope, words, kSetEnvIf, false);
}
base::Result<> apply_set_env_if_expr(Scope& scope, Words words) {
    ConditionalVariables rule;
    rule.directive = kSetEnvIfExpr;
    rule.subject = Subject::kExpression;
    rule.has_captures = true;
    auto expression = Expression::parse_condition(words[0], scope.author());
    if (!expression) {
        return refuse(fmt::format("\"{}\": {}", words[0], expression.error().what));
    }
    rule.expression = *std::move(expression);
    rule.text = fmt::format(" {}", in_quotes(words[0]));
    TRY(read_assignments(words.subspan(1), rule));
    add_conditional(scope, std::move(rule));
    return {};
}
base::Result<> apply_set_env_if_no_case(Scope& scope, Words words) {
    return apply_if(scope, words, kSetEnvIfNoCase, true);
}
base::Result<> apply_browser_match(Scope& scope, Words words) {
    return apply_browser(scope, words, kBrowserMatch, false);
}
base::Result<> apply_browser_match_no_case(Scope& scope, Words words) {
    return apply_browser(scope, words, kBrowserMatchNoCase, true);
}

std::vector<std::string> show_mixed_conditions(const EnvironmentRules& rules) {
    std::vector<std::string> lines;
    if (are_mixed(rules.conditional)) {
        for (const auto& rule : rules.conditional) {
            lines.push_back(fmt::format("{} {}", rule->directive, rule->text));
        }
    }
    return lines;
}

std::vector<std::string> show_set_env_if(const View& view) {
    return show_conditional(view, kSetEnvIf);
}
std::vector<std::string> show_set_env_if_expr(const View& view) {
    return show_conditional(view, kSetEnvIfExpr);
}
std::vector<std::string> show_set_env_if_no_case(const View& view) {
    return show_conditional(view, kSetEnvIfNoCase);
}
std::vector<std::string> show_browser_match(const View& view) {
    return show_conditional(view, kBrowserMatch);
}
std::vector<std::string> show_browser_match_no_case(const View& view) {
    return show_conditional(view, kBrowserMatchNoCase);
}

}  // namespace config
