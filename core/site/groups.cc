#include "core/site/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/config/directive.h"
#include "core/site/environment.h"
#include "core/site/host_table.h"

namespace site {
namespace {

constexpr std::string_view kVariable = "%{ENV:";

bool is_variable(std::string_view name) {
    return name.starts_with(kVariable) && name.ends_with('}');
}

std::string_view name_of_variable(std::string_view name) {
    return name.substr(kVariable.size(), name.size() - kVariable.size() - 1);
}

void append_port(std::string& name, std::uint16_t port) {
    if (port == 0 || port == 80 || port == 443) {
        return;
    }
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), port).ptr;
    name.push_back(':');
    name.append(digits.data(), end);
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) {
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    }
}

// The only text of a request that %{HOST} lets into a name.
bool is_host_name(std::string_view name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._:[]").find(c) != std::string_view::npos;
    };
    return name.size() <= 255 && std::ranges::all_of(name, is_fine);
}

}  // namespace

Groups::Groups(const config::Config& config) : config_(config) {
    for (const auto& group : config.daemon_groups) {
        daemon_groups_.emplace(group.name, &group);
    }
}

// mod_wsgi takes the port of %{SERVER} and %{RESOURCE} from the Host field by default, so that a
// client could make any number of sub-interpreters. We take the one of ServerName, else the one
// where the connection arrived, unless WSGIGroupPort says otherwise (specification, 4.3).
// %{HOST} is the client's by definition: its name and port as sent.
// Returns the name of a variable that has no value.
std::optional<std::string> Groups::complete(
    const std::string& written, const Walk& walk, const Route& route, std::string& out
) const {
    out.clear();
    if (!written.starts_with("%{")) {
        out.assign(written);
        return std::nullopt;
    }
    const auto& host = *walk.host;
    const auto& request = *walk.request;
    if (is_variable(written)) {
        const auto name = name_of_variable(written);
        const auto value = environment_value(walk, name);
        if (!value) {
            return std::string(name);
        }
        // A value that is a token itself is completed once more (specification, 4.4).
        if (value->starts_with('%') && !is_variable(*value)) {
            return complete(*value, walk, route, out);
        }
        out.assign(*value);
        return std::nullopt;
    }
    const auto asked = port_in(request.authority);
    const auto canonical = host.server_name_port != 0 ? host.server_name_port : request.local_port;
    if (const auto name = name_in(request.authority); written == "%{HOST}" && !name.empty()) {
        append_lower(out, name);
        append_port(out, asked);
    } else if (written == "%{SERVER}" || written == "%{HOST}" || written == "%{RESOURCE}") {
        out.assign(host.server_name);
        append_port(
            out,
            !config_.group_port_of_client ? canonical
            : asked != 0                  ? asked
                                          : host.server_name_port
        );
    } else if (written != "%{GLOBAL}") {
        out.assign(written);
    }
    if (written == "%{RESOURCE}") {
        out.push_back('|');
        out.append(route.script_name);
    }
    return std::nullopt;
}

std::optional<Outcome> Groups::choose(const GroupChoice& choice, const Walk& walk, Route& out)
    const {
    if (!is_host_name(name_in(walk.request->authority))) {
        return Outcome::page(400, "malformed host in the request");
    }
    struct Name {
        const std::string* written;
        std::string* out;
    };
    for (const auto& [written, name] :
         {Name{choice.application_group, &out.application_group},
          Name{choice.process_group, &out.process_group}}) {
        if (const auto missing = complete(*written, walk, out, *name)) {
            return Outcome::page(
                500,
                fmt::format("{}: the variable {} is not set for this request", *written, *missing)
            );
        }
    }
    if (is_variable(*choice.callable)) {
        const auto value = environment_value(walk, name_of_variable(*choice.callable));
        out.callable.assign(value.value_or("application"));
    } else {
        out.callable.assign(*choice.callable);
    }
    return check(choice, walk, out);
}

// The order and the words of the specification of mod_wsgi, 4.6.
std::optional<Outcome> Groups::check(const GroupChoice& choice, const Walk& walk, const Route& out)
    const {
    const auto& name = out.process_group;
    if (choice.restrict_process != nullptr) {
        const bool is_listed =
            std::ranges::any_of(*choice.restrict_process, [&](const auto& permitted) {
                return name.empty() ? config::equal_case_blind(permitted, "%{GLOBAL}")
                                    : config::equal_case_blind(permitted, name);
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
    if (!config::may_use(config_, *group->second, walk.request->host)) {
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
