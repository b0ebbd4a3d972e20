#include "core/site/conditions/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/process/process_environment.h"
#include "core/base/text/effort.h"
#include "core/base/text/text.h"
#include "core/site/conditions/evaluation.h"

namespace site {
namespace {

using config::ConditionalVariables;
using Subject = ConditionalVariables::Subject;

// Of a line, in the log.
constexpr std::size_t kShownMax = 200;

constexpr std::string_view kTooLong =
    "its pattern takes too long, or all patterns of this request together do";

// Who may not set a variable.
enum class Closed { kToAll, kToHtaccess };

struct Reserved {
    std::string_view name;  // with "*" at its end: whatever starts so
    Closed closed;
};

constexpr std::array kReserved = {
    // CGI: what the server knows of the request.
    Reserved{"CONTENT_LENGTH", Closed::kToAll},
    Reserved{"CONTENT_TYPE", Closed::kToAll},
    Reserved{"CONTEXT_DOCUMENT_ROOT", Closed::kToAll},
    Reserved{"CONTEXT_PREFIX", Closed::kToAll},
    Reserved{"DOCUMENT_ROOT", Closed::kToAll},
    Reserved{"GATEWAY_INTERFACE", Closed::kToAll},
    Reserved{"PATH_INFO", Closed::kToAll},
    Reserved{"PATH_TRANSLATED", Closed::kToAll},
    Reserved{"QUERY_STRING", Closed::kToAll},
    Reserved{"REMOTE_ADDR", Closed::kToAll},
    Reserved{"REMOTE_PORT", Closed::kToAll},
    Reserved{"REQUEST_METHOD", Closed::kToAll},
    Reserved{"REQUEST_SCHEME", Closed::kToAll},
    Reserved{"REQUEST_URI", Closed::kToAll},
    Reserved{"SCRIPT_FILENAME", Closed::kToAll},
    Reserved{"SCRIPT_NAME", Closed::kToAll},
    Reserved{"SERVER_ADDR", Closed::kToAll},
    Reserved{"SERVER_ADMIN", Closed::kToAll},
    Reserved{"SERVER_NAME", Closed::kToAll},
    Reserved{"SERVER_PORT", Closed::kToAll},
    Reserved{"SERVER_PROTOCOL", Closed::kToAll},
    Reserved{"SERVER_SIGNATURE", Closed::kToAll},
    Reserved{"SERVER_SOFTWARE", Closed::kToAll},
    // PEP 3333, and what mod_wsgi adds. Other names with a dot pass ("wsgi.extra").
    Reserved{"wsgi.errors", Closed::kToAll},
    Reserved{"wsgi.file_wrapper", Closed::kToAll},
    Reserved{"wsgi.input", Closed::kToAll},
    Reserved{"wsgi.input_terminated", Closed::kToAll},
    Reserved{"wsgi.multiprocess", Closed::kToAll},
    Reserved{"wsgi.multithread", Closed::kToAll},
    Reserved{"wsgi.run_once", Closed::kToAll},
    Reserved{"wsgi.url_scheme", Closed::kToAll},
    Reserved{"wsgi.version", Closed::kToAll},
    Reserved{"apache.*", Closed::kToAll},
    Reserved{"mod_wsgi.*", Closed::kToAll},
    // Who the client is. An administrator may say so from a proxy's field, as in
    // SetEnvIf X-Remote-User (.+) REMOTE_USER=$1.
    Reserved{"AUTH_TYPE", Closed::kToHtaccess},
    Reserved{"HTTP_*", Closed::kToHtaccess},
    Reserved{"REDIRECT_*", Closed::kToHtaccess},
    Reserved{"REMOTE_HOST", Closed::kToHtaccess},
    Reserved{"REMOTE_IDENT", Closed::kToHtaccess},
    Reserved{"REMOTE_USER", Closed::kToHtaccess},
    Reserved{"SCRIPT_URI", Closed::kToHtaccess},
    Reserved{"SCRIPT_URL", Closed::kToHtaccess},
    Reserved{"SSL_*", Closed::kToHtaccess},
};

bool is_called(std::string_view name, std::string_view reserved) {
    if (!reserved.ends_with('*')) {
        return base::equal_case_blind(name, reserved);
    }
    const auto prefix = reserved.substr(0, reserved.size() - 1);
    return base::equal_case_blind(name.substr(0, prefix.size()), prefix);
}

// The last field whose name matches, as in Apache; "" where none does.
base::Result<std::string> field_by_pattern(
    const ConditionalVariables& rule, const HeaderFields& fields
) {
    for (auto index = fields.count(); index > 0; --index) {
        const auto [name, value] = fields.at(index - 1);
        const auto match = rule.names->match(name);
        if (match == base::Match::kGaveUp) {
            return base::fail(base::Fault::kServer, std::string(kTooLong));
        }
        if (match == base::Match::kYes) {
            return fields.find(name).value_or(std::string(value));
        }
    }
    return std::string();
}

std::string field_or_variable(const ConditionalVariables& rule, const Walk& walk) {
    // The target's authority takes the place of the field (RFC 9112 section 3.2.2).
    if (!walk.request->authority.empty() && base::equal_case_blind(rule.name, "Host")) {
        return std::string(walk.request->authority);
    }
    if (walk.request->headers != nullptr) {
        if (auto field = walk.request->headers->find(rule.name)) {
            return *std::move(field);
        }
    }
    return std::string(walk.environment.find(rule.name).value_or(std::string_view()));
}

// What the pattern is looked for in. What is not there is "", so that "^$" finds it missing.
base::Result<std::string> subject_of(const ConditionalVariables& rule, const Walk& walk) {
    const auto& request = *walk.request;
    switch (rule.subject) {
        case Subject::kRemoteHost:  // there are no look-ups of names
        case Subject::kRemoteAddr:
            return std::string(request.remote_addr);
        case Subject::kServerAddr:
            return std::string(request.server_addr);
        case Subject::kRequestMethod:
            return std::string(request.method);
        case Subject::kRequestProtocol:
            return fmt::format("HTTP/1.{}", request.minor);
        case Subject::kRequestUri:
            // As it was sent, before anything has been decoded; later, as it is mapped.
            return rule.is_early && walk.beginning == Walk::Beginning::kRequest
                       ? std::string(request.path)
                       : walk.uri;
        case Subject::kFieldPattern:
            return request.headers == nullptr ? std::string()
                                              : field_by_pattern(rule, *request.headers);
        case Subject::kField:
        case Subject::kExpression:
            break;
    }
    return field_or_variable(rule, walk);
}

base::Result<> too_large() {
    return base::fail(
        base::Fault::kServer,
        fmt::format(
            "the variables of this request have become more than {} or take more than {} KiB",
            request::Variables::kCountMax,
            request::Variables::kBytesMax >> 10U
        )
    );
}

base::Result<> assign(
    const ConditionalVariables& rule, const base::Captures& captures, Walk& walk
) {
    for (const auto& assignment : rule.assignments) {
        if (!may_set(assignment.name, rule.is_from_htaccess)) {
            continue;
        }
        if (!assignment.value) {
            walk.environment.unset(assignment.name);
        } else if (!rule.has_captures) {
            walk.environment.set(assignment.name, *assignment.value);
        } else if (const auto value = base::substitute(*assignment.value, captures)) {
            walk.environment.set(assignment.name, *value);
        } else {
            return base::fail(
                base::Fault::kServer,
                fmt::format(
                    "the value of {} has grown longer than {} KiB",
                    assignment.name,
                    base::kSubstitutedMax >> 10U
                )
            );
        }
        if (walk.environment.are_too_large()) {
            return too_large();
        }
        if (base::Effort::count()) {
            return base::fail(base::Fault::kServer, std::string(kTooLong));
        }
    }
    return {};
}

base::Result<> apply(const ConditionalVariables& rule, Walk& walk) {
    if (rule.subject == Subject::kExpression) {
        ExpressionGroups groups;
        if (TRY(holds(*rule.expression, walk, &groups))) {
            return assign(rule, groups.captures(), walk);
        }
        return {};
    }
    base::Captures captures;
    const auto subject = TRY(subject_of(rule, walk));  // outlives the captures
    switch (rule.pattern->match(subject, &captures)) {
        case base::Match::kNo:
            return {};
        case base::Match::kYes:
            return assign(rule, captures, walk);
        case base::Match::kGaveUp:
            break;
    }
    return base::fail(base::Fault::kServer, std::string(kTooLong));
}

base::Result<> apply_all(const config::EnvironmentRules& rules, bool is_early, Walk& walk) {
    if (walk.beginning == Walk::Beginning::kOtherName) {
        return {};
    }
    for (const auto& rule : rules.conditional) {
        if (rule->is_early != is_early) {
            continue;
        }
        const auto applied = apply(*rule, walk);
        if (!applied) {
            return base::fail(
                base::Fault::kServer,
                fmt::format(
                    "{}: {} {}: {}",
                    rule->place.text(),
                    rule->directive,
                    std::string_view(rule->text).substr(0, kShownMax),
                    applied.error().what
                )
            );
        }
    }
    return {};
}

}  // namespace

bool may_set(std::string_view name, bool is_from_htaccess) {
    return std::ranges::none_of(kReserved, [&](const Reserved& reserved) {
        return (is_from_htaccess || reserved.closed == Closed::kToAll) &&
               is_called(name, reserved.name);
    });
}

base::Result<> set_early_variables(const config::EnvironmentRules& rules, Walk& walk) {
    return apply_all(rules, true, walk);
}

base::Result<> set_section_variables(const config::EnvironmentRules& rules, Walk& walk) {
    return apply_all(rules, false, walk);
}

base::Result<> set_fixed_variables(const config::EnvironmentRules& rules, Walk& walk) {
    const auto known = walk.environment.items().size();  // a name stands in the rules once
    for (const auto& variable : rules.fixed) {
        const bool has_value =
            variable.kind == config::FixedVariable::Kind::kSet ||
            (variable.kind == config::FixedVariable::Kind::kPassed && !variable.is_from_htaccess);
        if (has_value && may_set(variable.name, variable.is_from_htaccess)) {
            walk.environment.set(variable.name, variable.value, known);
        }
        if (walk.environment.are_too_large() || base::Effort::count()) {
            return base::fail(
                base::Fault::kServer,
                fmt::format(
                    "{}: {}: {}",
                    variable.place.text(),
                    variable.name,
                    walk.environment.are_too_large() ? too_large().error().what
                                                     : std::string(kTooLong)
                )
            );
        }
    }
    return {};
}

std::optional<std::string> environment_value(
    const config::Config& config, const request::Variables& environment, std::string_view name
) {
    const auto value = environment.find(name);
    if (value) {
        return std::string(*value);
    }
    const auto inherited = std::ranges::binary_search(config.process_variables, name)
                               ? base::process_variable(name)
                               : std::nullopt;
    return inherited ? std::optional<std::string>(*inherited) : std::nullopt;
}

}  // namespace site
