#include "core/config/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/language/opening_lines.h"
#include "core/config/values/log_values.h"

namespace config {
namespace {

// A process group, and who names it where.
struct Reference {
    const std::string& group;
    std::uint32_t host;
    const Place& place;
    std::string_view directive;
};

std::string server_name_of(const Config& config, std::uint32_t host) {
    const auto& name = config.hosts.at(host).server_name;
    return name.empty() ? std::string("no ServerName") : fmt::format("the ServerName \"{}\"", name);
}

std::string unknown_group(const Config& config, const Reference& reference) {
    std::vector<std::string_view> names(config.daemon_groups.size());
    std::ranges::transform(config.daemon_groups, names.begin(), &DaemonGroup::name);
    const auto near = base::nearest(reference.group, names);
    return fmt::format(
        "{}: No WSGI daemon process called '{}' has been configured; {}",
        reference.directive,
        reference.group,
        near.empty() ? fmt::format("write \"WSGIDaemonProcess {}\" too", reference.group)
                     : fmt::format("did you mean \"{}\"?", near)
    );
}

void check(const Config& config, const Reference& reference, Problems& problems) {
    if (is_group_token(reference.group)) {
        return;
    }
    const auto group = std::ranges::find(config.daemon_groups, reference.group, &DaemonGroup::name);
    if (group == config.daemon_groups.end()) {
        problems.add(reference.place, unknown_group(config, reference));
    } else if (!may_use(config, *group, reference.host)) {
        problems.add(
            reference.place,
            fmt::format(
                "{}: Daemon process called '{}' cannot be accessed by this WSGI application; it is "
                "defined at {} for {}, "
                "and this is {}; define it outside of <VirtualHost> to share it",
                reference.directive,
                reference.group,
                group->place.text(),
                server_name_of(config, group->host),
                server_name_of(config, reference.host)
            )
        );
    }
}

// Apache's order of merging: fewer components first, regular expressions last; else as written.
void sort_directories(const Config& config, VirtualHost& host) {
    std::ranges::stable_sort(host.directories, {}, [&](std::uint32_t index) {
        const auto& section = config.sections.at(index);
        return section.regex ? SIZE_MAX : depth_of(section.pattern);
    });
}

// What the names of groups and callables take from the environment.
std::vector<std::string> process_variables(const Config& config) {
    std::vector<std::string> names;
    const auto add = [&](const std::optional<std::string>& text) {
        if (const auto name = text ? variable_in(*text) : std::nullopt) {
            names.emplace_back(*name);
        }
    };
    for (const auto& mount : config.mounts) {
        add(mount.process_group);
        add(mount.application_group);
        add(mount.callable);
    }
    for (const auto& section : config.sections) {
        add(section.settings.process_group);
        add(section.settings.application_group);
        add(section.settings.callable);
        for (const auto& script : section.settings.handler_scripts) {
            add(script.process_group);
            add(script.application_group);
        }
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool is_root(std::string_view user) { return user == "root" || user == "#0"; }

// Every group that is named somewhere is defined, and may be used there.
void check_groups(const Config& config, Problems& problems) {
    for (const auto& host : config.hosts) {
        for (const auto index : host.mounts) {
            const auto& mount = config.mounts.at(index);
            if (mount.process_group) {
                const std::string_view directive =
                    mount.regex ? "WSGIScriptAliasMatch" : "WSGIScriptAlias";
                check(config, {*mount.process_group, host.index, mount.place, directive}, problems);
            }
        }
    }
    for (const auto& script : config.import_scripts) {
        check(
            config, {script.process_group, script.host, script.place, "WSGIImportScript"}, problems
        );
    }
    for (const auto& section : config.sections) {
        const auto& settings = section.settings;
        if (settings.process_group) {
            check(
                config,
                {*settings.process_group,
                 section.host,
                 settings.process_group_place,
                 "WSGIProcessGroup"},
                problems
            );
        }
        for (const auto& script : settings.handler_scripts) {
            if (script.process_group) {
                check(
                    config,
                    {*script.process_group, section.host, script.place, "WSGIHandlerScript"},
                    problems
                );
            }
        }
    }
}

}  // namespace

std::optional<std::string_view> variable_in(std::string_view name) {
    constexpr std::string_view kStart = "%{ENV:";
    if (!name.starts_with(kStart) || !name.ends_with('}')) {
        return std::nullopt;
    }
    return name.substr(kStart.size(), name.size() - kStart.size() - 1);
}

void resolve(Config& config, Problems& problems) {
    // With ten thousand virtual hosts, what they have grown beyond their needs is megabytes.
    config.hosts.shrink_to_fit();
    config.sections.shrink_to_fit();
    config.mounts.shrink_to_fit();
    if (config.listeners.empty() &&
        std::ranges::find(config.refused, "Listen") == config.refused.end()) {
        problems.add("there is no Listen; write for example \"Listen 8000\"");
    }
    if (is_root(config.user) && !config.allow_root) {
        problems.add(
            config.user_place,
            fmt::format(
                "User: \"{}\": every client would be served, and every application run, as root; "
                "name another user, or write \"AllowRoot On\" if that is meant",
                config.user
            )
        );
    }
    config.process_variables = process_variables(config);
    const auto& main = config.hosts.front();
    for (auto& host : config.hosts) {
        sort_directories(config, host);
        if (host.server_name.empty()) {
            host.server_name = main.server_name;
            host.server_name_port = main.server_name_port;
        }
    }
    resolve_log_formats(config, problems);
    check_groups(config, problems);
}

}  // namespace config
