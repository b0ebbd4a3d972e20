// The flags of RewriteCond and RewriteRule, one row each.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/model/refuse.h"
#include "core/config/rewriting/rewrite_words.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

using Escape = RewriteRule::Escape;

template <class Of>
struct Flag {
    enum class Value : std::uint8_t { kNone, kOptional, kRequired };

    std::string_view name;
    std::string_view long_name;  // as good as the name; may be empty
    Value value;
    std::string_view example;
    base::Result<> (*read)(Of& of, std::string_view value);
};

template <auto Member>
base::Result<> set(RewriteRule& rule, std::string_view /*value*/) {
    rule.*Member = true;
    return {};
}
template <auto Member>
base::Result<> set(RewriteCondition& condition, std::string_view /*value*/) {
    condition.*Member = true;
    return {};
}

base::Result<> nothing(RewriteRule& /*rule*/, std::string_view /*value*/) { return {}; }

base::Result<> read_escape_all(RewriteRule& rule, std::string_view value) {
    if (!value.empty()) {
        rule.escape = Escape::kListed;
        rule.escape_list = value;
    } else if (rule.escape == Escape::kNone) {  // not "[BNE=/,B]"
        rule.escape = Escape::kAll;
    }
    return {};
}

base::Result<> read_escape_not(RewriteRule& rule, std::string_view value) {
    rule.escape = Escape::kAllButListed;
    rule.escape_list = value;
    return {};
}

base::Result<> read_escape_controls(RewriteRule& rule, std::string_view /*value*/) {
    rule.escape = Escape::kControls;
    return {};
}

// How many parts of a cookie there are: ":" separates them, or ";" where it comes first. Those
// within braces belong to variables.
int parts_of_cookie(std::string_view value) {
    const char separator = value.starts_with(';') ? ';' : ':';
    int depth = 0;
    int parts = 1;
    for (const char c : value.substr(value.starts_with(';') ? 1 : 0)) {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        parts += c == separator && depth <= 0 ? 1 : 0;
    }
    return parts;
}

base::Result<> read_cookie(RewriteRule& rule, std::string_view value) {
    // A back-reference may bring parts of its own.
    if (parts_of_cookie(value) < 3 && value.find_first_of("$%") == std::string_view::npos) {
        return refuse("expected a name, a value and a domain, as in [CO=lang:en:example.com]");
    }
    rule.cookies.emplace_back(value);
    return {};
}

base::Result<> read_flag_variable(RewriteRule& rule, std::string_view value) {
    if (value.starts_with(':') || value == "!") {
        return refuse("expected a variable's name, as in [E=NAME:value] or [E=!NAME]");
    }
    rule.variables.emplace_back(value);
    return {};
}

base::Result<> answer(RewriteRule& rule, int status) {
    if (rule.answers_status || rule.is_redirect) {
        return refuse("a rule has one answer; leave one of R, F and G out");
    }
    rule.status = status;
    rule.answers_status = true;
    rule.is_match_only = true;
    return {};
}

base::Result<> read_forbidden(RewriteRule& rule, std::string_view /*value*/) {
    return answer(rule, 403);
}
base::Result<> read_gone(RewriteRule& rule, std::string_view /*value*/) {
    return answer(rule, 410);
}

base::Result<> read_redirect(RewriteRule& rule, std::string_view value) {
    if (rule.answers_status || rule.is_redirect) {
        return refuse("a rule has one answer; leave one of R, F and G out");
    }
    int status = 302;
    if (base::equal_case_blind(value, "permanent")) {
        status = 301;
    } else if (base::equal_case_blind(value, "seeother")) {
        status = 303;
    } else if (!value.empty() && !base::equal_case_blind(value, "temp")) {
        const auto number = read_number(value, 300, 599);
        if (!number) {
            return refuse("expected a status from 300 to 599, temp, permanent or seeother");
        }
        status = static_cast<int>(*number);
    }
    if (status >= 400) {
        return answer(rule, status);
    }
    rule.is_redirect = true;
    rule.status = status;
    return {};
}

base::Result<> read_next(RewriteRule& rule, std::string_view value) {
    rule.is_next_round = true;
    if (!value.empty()) {
        rule.rounds_max = static_cast<int>(TRY(read_number(value, 1, 32000)));
    }
    return {};
}

base::Result<> read_skip(RewriteRule& rule, std::string_view value) {
    rule.skip = static_cast<int>(TRY(read_number(value, 0, 100'000, "number of rules")));
    return {};
}

base::Result<> read_rule_handler(RewriteRule& rule, std::string_view value) {
    TRY(check_length("a handler", value, kTypeBytesMax));
    rule.handler = value;
    return {};
}

base::Result<> read_type(RewriteRule& rule, std::string_view value) {
    TRY(check_length("a type", value, kTypeBytesMax));
    rule.content_type = value;
    return {};
}

base::Result<> refuse_proxy(RewriteRule& /*rule*/, std::string_view /*value*/) {
    return refuse("passing requests to another server is not implemented; a redirect is written [R]"
    );
}

using RuleFlag = Flag<RewriteRule>;
using RuleValue = RuleFlag::Value;
using R = RewriteRule;

constexpr RuleFlag kRuleFlags[] = {
    {"B", "backrefescaping", RuleValue::kOptional, "B", read_escape_all},
    {"BCTLS", "", RuleValue::kNone, "BCTLS", read_escape_controls},
    {"BNE", "", RuleValue::kRequired, "BNE=/", read_escape_not},
    {"BNP", "backrefnoplus", RuleValue::kNone, "BNP", set<&R::escapes_blank_as_percent_20>},
    {"C", "chain", RuleValue::kNone, "C", set<&R::is_chained>},
    {"CO", "cookie", RuleValue::kRequired, "CO=lang:en:example.com", read_cookie},
    {"DPI", "discardpath", RuleValue::kNone, "DPI", set<&R::discards_path_info>},
    {"E", "env", RuleValue::kRequired, "E=NAME:value", read_flag_variable},
    {"END", "", RuleValue::kNone, "END", set<&R::is_end>},
    {"F", "forbidden", RuleValue::kNone, "F", read_forbidden},
    {"G", "gone", RuleValue::kNone, "G", read_gone},
    {"H", "handler", RuleValue::kRequired, "H=wsgi-script", read_rule_handler},
    {"L", "last", RuleValue::kNone, "L", set<&R::is_last>},
    {"N", "next", RuleValue::kOptional, "N", read_next},
    {"NC", "nocase", RuleValue::kNone, "NC", nothing},  // seen by is_case_blind_rule()
    {"NE", "noescape", RuleValue::kNone, "NE", set<&R::is_unescaped>},
    {"NS", "nosubreq", RuleValue::kNone, "NS", set<&R::is_not_for_subrequests>},
    {"P", "proxy", RuleValue::kNone, "P", refuse_proxy},
    {"PT", "passthrough", RuleValue::kNone, "PT", set<&R::is_passed_through>},
    {"QSA", "qsappend", RuleValue::kNone, "QSA", set<&R::appends_query>},
    {"QSD", "qsdiscard", RuleValue::kNone, "QSD", set<&R::discards_query>},
    {"QSL", "qslast", RuleValue::kNone, "QSL", set<&R::splits_query_last>},
    {"R", "redirect", RuleValue::kOptional, "R=301", read_redirect},
    {"S", "skip", RuleValue::kRequired, "S=1", read_skip},
    {"T", "type", RuleValue::kRequired, "T=text/plain", read_type},
    {"UnsafeAllow3F", "", RuleValue::kNone, "UnsafeAllow3F", set<&R::allows_question_marks>},
    {"UnsafePrefixStat", "", RuleValue::kNone, "UnsafePrefixStat", set<&R::allows_any_prefix>},
};

using ConditionFlag = Flag<RewriteCondition>;
using C = RewriteCondition;

constexpr ConditionFlag kConditionFlags[] = {
    {"NC", "nocase", ConditionFlag::Value::kNone, "NC", set<&C::is_case_blind>},
    {"NV", "novary", ConditionFlag::Value::kNone, "NV", set<&C::is_no_vary>},
    {"OR", "ornext", ConditionFlag::Value::kNone, "OR", set<&C::is_or_next>},
};

template <class Of>
bool is_flag_called(const Flag<Of>& flag, std::string_view name) {
    return base::equal_case_blind(name, flag.name) ||
           (!flag.long_name.empty() && base::equal_case_blind(name, flag.long_name));
}

template <class Of>
std::string unknown_flag(std::string_view name, std::span<const Flag<Of>> known) {
    std::vector<std::string_view> names;
    for (const auto& flag : known) {
        names.push_back(flag.name);
        if (!flag.long_name.empty()) {
            names.push_back(flag.long_name);
        }
    }
    const auto near = name.size() < 3 ? std::string_view() : base::nearest(name, names);
    names.clear();
    for (const auto& flag : known) {
        names.push_back(flag.name);
    }
    return near.empty()
               ? fmt::format("unknown flag \"{}\"; the flags are {}", name, fmt::join(names, ", "))
               : fmt::format("unknown flag \"{}\"; did you mean \"{}\"?", name, near);
}

template <class Of>
base::Result<> read_flags(std::string_view flags, std::span<const Flag<Of>> known, Of& of) {
    using Value = typename Flag<Of>::Value;
    for (const auto& written : TRY(split_rewrite_flags(flags))) {
        const auto flag = std::ranges::find_if(known, [&](const auto& one) {
            return is_flag_called(one, written.name);
        });
        if (flag == known.end()) {
            return refuse(unknown_flag(written.name, known));
        }
        if (flag->value == Value::kRequired && written.value.empty()) {
            return refuse(
                fmt::format("flag \"{}\" needs a value, as in [{}]", written.name, flag->example)
            );
        }
        if (flag->value == Value::kNone && written.has_value) {
            return refuse(fmt::format("flag \"{0}\" takes no value; write [{0}]", written.name));
        }
        if (const auto read = flag->read(of, written.value); !read) {
            const auto equals = written.has_value ? "=" : "";
            return refuse(fmt::format(
                "flag \"{}{}{}\": {}", written.name, equals, written.value, read.error().what
            ));
        }
    }
    return {};
}

// Flags that cannot both mean what they say.
base::Result<> check_together(const RewriteRule& rule) {
    if (rule.is_next_round && (rule.is_last || rule.is_end || rule.is_passed_through)) {
        return refuse("flag \"N\" starts again and L, END and PT stop; leave one out");
    }
    if (rule.is_redirect && rule.is_passed_through) {
        return refuse("flag \"R\" answers and PT passes the request on; leave one out");
    }
    if (rule.escapes_blank_as_percent_20 && rule.escape == Escape::kNone) {
        return refuse("flag \"BNP\" says how B escapes a blank; write [B,BNP]");
    }
    return {};
}

}  // namespace

base::Result<> read_condition_flags(std::string_view flags, RewriteCondition& condition) {
    return read_flags<RewriteCondition>(flags, kConditionFlags, condition);
}

base::Result<> read_rule_flags(std::string_view flags, RewriteRule& rule) {
    TRY(read_flags<RewriteRule>(flags, kRuleFlags, rule));
    return check_together(rule);
}

bool is_case_blind_rule(std::string_view flags) {
    const auto split = split_rewrite_flags(flags);
    return split && std::ranges::any_of(*split, [](const auto& flag) {
               return base::equal_case_blind(flag.name, "NC") ||
                      base::equal_case_blind(flag.name, "nocase");
           });
}

}  // namespace config
