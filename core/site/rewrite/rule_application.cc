#include "core/site/rewrite/rule_application.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/base/text/text.h"
#include "core/site/conditions/environment.h"
#include "core/site/rewrite/rewrite_address.h"
#include "core/site/rewrite/rewrite_condition.h"
#include "core/site/rewrite/rewrite_cookie.h"

namespace site {
namespace {

// Of all cookies that rules set for one answer: as much as applications may say in its head, which
// has a bound of its own (http/head_limit.h).
constexpr std::size_t kCookieBytesMax = 128 << 10;

// The path of a substitution as a client would have sent it, decoded once: what the configuration
// says and what [B] has escaped is, what a client has sent is decoded already, and is not
// decoded a second time (CVE-2023-25690).
std::string decoded(const Expanded& text, std::size_t size) {
    std::string out;
    std::size_t at = 0;
    for (const auto& [begin, end] : text.foreign) {
        if (begin >= size) {
            break;
        }
        out += unescaped(std::string_view(text.text).substr(at, begin - at));
        at = std::min(end, size);
        out += std::string_view(text.text).substr(begin, at - begin);
    }
    return out + unescaped(std::string_view(text.text).substr(at, size - at));
}

}  // namespace

std::string name_of(const config::RewriteRule& rule) {
    constexpr std::size_t kShownMax = 200;
    return fmt::format(
        "{}: RewriteRule {}", rule.place.text(), std::string_view(rule.text).substr(0, kShownMax)
    );
}

RuleApplication::Step RuleApplication::answer(int status, std::string reason) {
    out_.kind = Rewritten::Kind::kStatus;
    out_.status = status;
    out_.reason = std::move(reason);
    trace("status {}{}{}", status, out_.reason.empty() ? "" : ": ", out_.reason);
    return Step::kAnswered;
}

RuleApplication::Step RuleApplication::answer_too_large(
    const config::RewriteRule& rule, std::string_view what
) {
    return answer(500, fmt::format("{}: {} become too large", name_of(rule), what));
}

RuleApplication::Step RuleApplication::match(const config::RewriteRule& rule) {
    std::string text = walk_.filename;
    if (is_in_directory_) {
        text += walk_.path_info;
        if (text.starts_with(rules_.directory)) {
            text.erase(0, rules_.directory.size());
        }
    }
    base::Captures captures;
    const auto match = rule.regex.match(text, &captures);
    if (match == base::Match::kGaveUp) {
        return answer(
            500,
            fmt::format(
                "{}: the match takes too long, or all of this request together do", name_of(rule)
            )
        );
    }
    const bool is_match = (match == base::Match::kYes) != rule.is_negated;
    trace(
        "RewriteRule {} ({}): \"{}\" {}",
        rule.text,
        rule.place.text(),
        text,
        is_match ? "matches" : "does not match"
    );
    if (!is_match) {
        return Step::kNoMatch;
    }
    if (rule.is_negated) {
        captures = base::Captures();
    }
    std::ranges::copy(captures.groups, references_.of_rule.begin());
    references_.of_condition = {};
    return Step::kMatch;
}

RuleApplication::Step RuleApplication::check_conditions(const config::RewriteRule& rule) {
    const auto count = rule.conditions.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto& condition = rule.conditions[i];
        const auto result = holds(condition, walk_, references_, expansion_, means_);
        auto fields = expansion_.take_fields();
        if (!result) {
            return answer(500, fmt::format("{}: {}", rule.place.text(), result.error().what));
        }
        if (!*result) {
            if (!condition.is_or_next) {
                return Step::kNoMatch;
            }
            continue;
        }
        for (const auto& field : condition.is_no_vary ? std::vector<std::string>() : fields) {
            add_varying(field, memory_.vary);
        }
        while (i < count && rule.conditions[i].is_or_next) {
            ++i;
        }
    }
    return Step::kMatch;
}

RuleApplication::Step RuleApplication::apply(const config::RewriteRule& rule) {
    if (const auto step = match(rule); step != Step::kMatch) {
        return step;
    }
    if (const auto step = check_conditions(rule); step != Step::kMatch) {
        return step;
    }
    Expanded text;
    if (!rule.is_match_only) {
        auto expanded = expansion_.expand(rule.substitution, &rule);
        if (!expanded) {
            return answer(500, fmt::format("{}: {}", name_of(rule), expanded.error().what));
        }
        text = *std::move(expanded);
    }
    if (const auto step = set_variables_and_cookies(rule); step != Step::kMatch) {
        return step;
    }
    if (!rule.is_match_only) {
        if (const auto step = substitute(rule, text); step != Step::kMatch) {
            return step;
        }
    }
    const bool is_remote = !rule.is_match_only && scheme_of(walk_.filename).size > 0;
    const auto step = is_remote ? Step::kMatch : set_handler_and_type(rule);
    expansion_.take_fields();  // only what conditions look at varies
    return step;
}

RuleApplication::Step RuleApplication::set_variables_and_cookies(const config::RewriteRule& rule) {
    for (const auto& text : rule.variables) {
        const auto expanded = expansion_.expand(text);
        if (!expanded) {
            return answer(500, fmt::format("{}: {}", name_of(rule), expanded.error().what));
        }
        const std::string_view whole = expanded->text;
        const auto colon = std::min(whole.find(':'), whole.size());
        if (whole.starts_with('!')) {
            trace("variable {} is unset", whole.substr(1));
            walk_.environment.unset(whole.substr(1));
        } else if (colon > 0 && may_set(whole.substr(0, colon), false)) {
            const auto value = whole.substr(std::min(colon + 1, whole.size()));
            trace("variable {} is \"{}\"", whole.substr(0, colon), value);
            walk_.environment.set(whole.substr(0, colon), value);
            if (walk_.environment.are_too_large()) {
                return answer_too_large(rule, "the variables of this request have");
            }
        }
    }
    for (const auto& text : rule.cookies) {
        const auto expanded = expansion_.expand(text);
        if (!expanded) {
            return answer(500, fmt::format("{}: {}", name_of(rule), expanded.error().what));
        }
        if (expanded->text.size() > kCookieBytesMax) {
            return answer_too_large(rule, "a cookie has");
        }
        auto cookie = cookie_of(cookie_text(*expanded), std::chrono::system_clock::now());
        if (cookie && std::ranges::count(memory_.cookie_names, cookie->name) == 0) {
            trace("cookie {}", cookie->header);
            memory_.cookie_bytes += cookie->header.size();
            if (memory_.cookie_bytes > kCookieBytesMax) {
                return answer_too_large(rule, "the cookies of this answer have");
            }
            memory_.cookie_names.push_back(std::move(cookie->name));
            memory_.cookies.push_back(std::move(cookie->header));
        }
    }
    return Step::kMatch;
}

RuleApplication::Step RuleApplication::set_handler_and_type(const config::RewriteRule& rule) {
    for (const auto& [text, to] :
         {std::pair(&rule.handler, &out_.handler),
          std::pair(&rule.content_type, &out_.content_type)}) {
        const auto expanded = expansion_.expand(*text, &rule);
        if (!expanded) {
            return answer(500, fmt::format("{}: {}", name_of(rule), expanded.error().what));
        }
        if (!expanded->text.empty()) {
            *to = base::lower_case(without_controls(expanded->text));
            trace("{} \"{}\"", to == &out_.handler ? "handler" : "content type", *to);
        }
    }
    return Step::kMatch;
}

bool RuleApplication::split_query(
    const config::RewriteRule& rule, const Expanded& text, std::size_t& path_size
) {
    path_size = text.text.size();
    const auto scheme = scheme_of(text.text);
    if (scheme.size > 0 && !scheme.has_query) {
        walk_.query.clear();
        return true;
    }
    if (rule.discards_query) {
        walk_.query.clear();
    }
    const auto mark = rule.splits_query_last ? text.text.rfind('?') : text.text.find('?');
    if (mark == std::string::npos) {
        return true;
    }
    const bool may_be_sent = walk_.uri.find('?') != std::string::npos;
    if (may_be_sent && text.is_foreign(mark) && !rule.allows_question_marks) {
        return false;
    }
    path_size = mark;
    const auto query = std::string_view(text.text).substr(mark + 1);
    if (!rule.appends_query) {
        walk_.query = query;
    } else if (!query.empty()) {
        walk_.query = fmt::format("{}&{}", query, walk_.query);
    }
    if (walk_.query.ends_with('&')) {
        walk_.query.pop_back();
    }
    return true;
}

RuleApplication::Step RuleApplication::substitute(
    const config::RewriteRule& rule, const Expanded& text
) {
    std::size_t path_size = 0;
    if (!split_query(rule, text, path_size)) {
        return answer(
            403,
            fmt::format(
                "RewriteRule {}: \"%3F\" in the URL would become a \"?\"; write [UnsafeAllow3F] to "
                "allow it",
                rule.text
            )
        );
    }
    const bool is_remote = scheme_of(text.text).size > 0;
    walk_.filename = is_in_directory_ && !rule.is_redirect && !is_remote
                         ? decoded(text, path_size)
                         : text.text.substr(0, path_size);
    if (is_in_directory_ && rule.discards_path_info) {
        walk_.path_info.clear();
    }
    if (!is_remote && !walk_.filename.starts_with('/')) {
        walk_.filename.insert(0, is_in_directory_ ? rules_.directory : "/");
    }
    trace(
        "becomes \"{}\"{}{}", walk_.filename, walk_.query.empty() ? "" : " with query ", walk_.query
    );
    is_own_path_ = rule.is_redirect && !is_remote;
    if (rule.is_redirect) {
        redirect_status_ = rule.status;
        if (is_own_path_) {
            walk_.filename.insert(0, own_origin(walk_));
        }
    } else if (const auto path = reduced(walk_.filename, walk_)) {
        walk_.filename = std::string(*path);
        was_reduced_ = true;
        trace("the server itself: \"{}\"", walk_.filename);
    } else if (is_remote) {
        redirect_status_ = rule.status;
    }
    return Step::kMatch;
}

}  // namespace site
