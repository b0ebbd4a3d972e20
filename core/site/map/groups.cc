#include "core/site/map/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/text/text.h"
#include "core/config/resolve.h"
#include "core/site/conditions/environment.h"
#include "core/site/names/host_table.h"

namespace site {
namespace {

void append_port(std::string& name, std::uint16_t port) {
    if (port == 0 || port == 80 || port == 443) {
        return;
    }
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), port).ptr;
    name.push_back(':');
    name.append(digits.data(), end);
}

// A variable that is not set is the default, unlike with groups: so mod_wsgi has it.
void set_callable(
    const config::Config& config,
    const std::string& written,
    const request::Variables& environment,
    request::Route& out
) {
    if (const auto name = config::variable_in(written)) {
        const auto value = environment_value(config, environment, *name);
        out.callable.assign(value.value_or("application"));
    } else {
        out.callable.assign(written);
    }
}

}  // namespace

Groups::Groups(const config::Config& config) : config_(config) {
    for (const auto& group : config.daemon_groups) {
        daemon_groups_.emplace(group.name, &group);
    }
}

// mod_wsgi takes the port of %{SERVER} and %{RESOURCE} from the Host field by default, so that a
// client could make any number of sub-interpreters. We take the one of ServerName, else the one
// where the connection arrived, unless WSGIGroupPort says otherwise.
// %{HOST} is the client's by definition: its name and port as sent.
// Returns the name of a variable that has no value.
std::optional<std::string> Groups::complete(
    const std::string& written, const Source& source, const request::Route& route, std::string& out
) const {
    out.clear();
    if (!written.starts_with("%{")) {
        out.assign(written);
        return std::nullopt;
    }
    if (written == config::kGlobalGroup) {  // most names, and the fastest way
        return std::nullopt;
    }
    const auto& request = source.request;
    const auto& host = config_.hosts[request.host];
    if (const auto name = config::variable_in(written)) {
        const auto value = environment_value(config_, source.environment, *name);
        if (!value) {
            return std::string(*name);
        }
        // A value that is a token itself is completed once more.
        if (value->starts_with('%') && !config::variable_in(*value)) {
            return complete(*value, source, route, out);
        }
        out.assign(*value);
        return std::nullopt;
    }
    const auto name = written == "%{HOST}" ? name_in(request.authority) : std::string_view();
    if (!name.empty()) {
        base::append_lower(out, name);
        append_port(out, port_in(request.authority));
    } else if (written == "%{SERVER}" || written == "%{HOST}" || written == "%{RESOURCE}") {
        const auto asked =
            config_.group_port_of_client ? port_in(request.authority) : std::uint16_t{0};
        const bool is_known = asked != 0 || host.server_name_port != 0;
        out.assign(host.server_name);
        append_port(
            out,
            asked != 0                                 ? asked
            : is_known || config_.group_port_of_client ? host.server_name_port
                                                       : request.local_port
        );
    } else {
        out.assign(written);
    }
    if (written == "%{RESOURCE}") {
        out.push_back('|');
        out.append(route.script_name);
    }
    return std::nullopt;
}

Groups::Needs Groups::needs_of(const GroupChoice& choice, std::uint32_t host) const {
    if (choice.dispatch_script != nullptr || config::variable_in(*choice.callable)) {
        return Needs::kMore;
    }
    auto needs = Needs::kNothing;
    for (const auto* const written : {choice.process_group, choice.application_group}) {
        if (!written->starts_with("%{") || *written == config::kGlobalGroup) {
            continue;
        }
        const bool is_of_host = *written == "%{SERVER}" || *written == "%{RESOURCE}";
        if (!is_of_host || config_.group_port_of_client) {
            return Needs::kMore;
        }
        if (config_.hosts[host].server_name_port == 0) {
            needs = Needs::kLocalPort;
        }
    }
    return needs;
}

// Null leaves the name that is there.
std::optional<Outcome> Groups::complete_groups(
    const std::string* process_group,
    const std::string* application_group,
    const Source& source,
    request::Route& out
) const {
    struct Name {
        const std::string* written;
        std::string* out;
    };
    for (const auto& [written, name] :
         {Name{application_group, &out.application_group},
          Name{process_group, &out.process_group}}) {
        const auto missing =
            written == nullptr ? std::nullopt : complete(*written, source, out, *name);
        if (missing) {
            return Outcome::page(
                500,
                fmt::format("{}: the variable {} is not set for this request", *written, *missing)
            );
        }
    }
    return std::nullopt;
}

std::optional<Outcome> Groups::choose(
    const GroupChoice& choice,
    const Walk& walk,
    request::Route& out,
    std::optional<request::Dispatch>& dispatch
) const {
    const auto& request = *walk.request;
    if (!has_plain_name(request.authority)) {
        return Outcome::page(400, "malformed host in the request");
    }
    const Source source{request, walk.environment};
    if (auto refusal =
            complete_groups(choice.process_group, choice.application_group, source, out)) {
        return refusal;
    }
    set_callable(config_, *choice.callable, walk.environment, out);
    if (choice.dispatch_script == nullptr) {
        return check(choice.restrict_process, request, out);
    }
    dispatch.emplace();
    dispatch->script = choice.dispatch_script->script;
    complete(choice.dispatch_script->application_group, source, out, dispatch->application_group);
    if (choice.restrict_process != nullptr) {
        dispatch->restrict_process = *choice.restrict_process;
    }
    return std::nullopt;
}

std::optional<Outcome> Groups::choose_again(
    const request::Dispatch& dispatch, const RequestView& request, request::Route& route
) const {
    const auto said = [](const std::optional<std::string>& name) {
        return name ? &*name : nullptr;
    };
    route.number = 0;
    if (auto refusal = complete_groups(
            said(dispatch.process_group_said),
            said(dispatch.application_group_said),
            {request, route.environment},
            route
        )) {
        return refusal;
    }
    if (dispatch.callable_said) {
        set_callable(config_, *dispatch.callable_said, route.environment, route);
    }
    return check(dispatch.restrict_process ? &*dispatch.restrict_process : nullptr, request, route);
}

// The order and the words are mod_wsgi's: people search for them.
std::optional<Outcome> Groups::check(
    const std::vector<std::string>* restrict_process,
    const RequestView& request,
    const request::Route& out
) const {
    const auto& name = out.process_group;
    if (restrict_process != nullptr) {
        const bool is_listed = std::ranges::any_of(*restrict_process, [&](const auto& permitted) {
            return name.empty() ? base::equal_case_blind(permitted, config::kGlobalGroup)
                                : base::equal_case_blind(permitted, name);
        });
        if (!is_listed) {
            return Outcome::page(
                500,
                fmt::format(
                    "Daemon process called '{}' cannot be accessed by this WSGI application "
                    "as not a member of allowed groups.",
                    name
                )
            );
        }
    }
    if (name.empty()) {
        return config_.restrict_embedded
                   ? std::optional(Outcome::page(
                         500,
                         "Embedded mode of mod_wsgi disabled at runtime by WSGIRestrictEmbedded."
                     ))
                   : std::nullopt;
    }
    const auto group = daemon_groups_.find(name);
    if (group == daemon_groups_.end()) {
        return Outcome::page(
            500, fmt::format("No WSGI daemon process called '{}' has been configured.", name)
        );
    }
    if (!config::may_use(config_, *group->second, request.host)) {
        return Outcome::page(
            500,
            fmt::format(
                "Daemon process called '{}' cannot be accessed by this WSGI application.", name
            )
        );
    }
    return std::nullopt;
}

}  // namespace site
