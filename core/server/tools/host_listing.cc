#include "core/server/tools/host_listing.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "core/config/values/readers.h"
#include "core/server/supervisor/children/child.h"

namespace server {
namespace {

std::string port_suffix(std::uint16_t port) { return port == 0 ? "" : fmt::format(":{}", port); }

std::string server_name_of(const config::VirtualHost& host) {
    return host.server_name.empty() ? std::string("(no ServerName)")
                                    : host.server_name + port_suffix(host.server_name_port);
}

std::string group_text(const std::string& group) {
    return group == config::kGlobalGroup || group.empty() ? std::string("embedded")
           : group.starts_with("%{")                      ? "process group by " + group
                                                          : "process group " + group;
}

void list_mounts(const config::Config& config, const config::VirtualHost& host, std::string& out) {
    const auto settings = config::base_settings(config, host.index);
    for (const auto& alias : host.aliases) {
        out += fmt::format(
            "        {} {} -> {} ({})\n",
            alias.regex ? "AliasMatch" : "Alias",
            alias.regex ? alias.regex->pattern() : alias.url_path,
            alias.target,
            alias.place.text()
        );
    }
    for (const auto index : host.mounts) {
        const auto& mount = config.mounts.at(index);
        out += fmt::format(
            "        {} {} -> {} ({}), {}, application group {}\n",
            mount.regex ? "WSGIScriptAliasMatch" : "WSGIScriptAlias",
            mount.regex ? mount.regex->pattern() : mount.url_path,
            mount.target,
            mount.place.text(),
            group_text(mount.process_group.value_or(settings.process_group.value_or(""))),
            mount.application_group.value_or(settings.application_group.value_or(""))
        );
    }
    if (!host.document_root.empty()) {
        out += fmt::format("        DocumentRoot {}\n", host.document_root);
    }
    for (const auto& group : config.daemon_groups) {
        if (group.host == host.index) {
            out += fmt::format(
                "        process group {}: {} ({})\n",
                group.name,
                describe_group(config, group),
                group.place.text()
            );
        }
    }
}

void list_host(
    const config::Config& config,
    const config::VirtualHost& host,
    std::string_view title,
    std::string& out
) {
    out += fmt::format("    {} {} ({})\n", title, server_name_of(host), host.place.text());
    for (const auto& alias : host.server_aliases) {
        const bool is_wild = alias.find_first_of("*?") != std::string::npos;
        out += fmt::format("        {} {}\n", is_wild ? "wild alias" : "alias", alias);
    }
    list_mounts(config, host, out);
}

// The hosts of each address, in the order of the file.
using HostsByAddress = std::vector<std::pair<std::string, std::vector<std::uint32_t>>>;

HostsByAddress hosts_by_address(const config::Config& config) {
    HostsByAddress addresses;
    std::unordered_map<std::string, std::size_t> known;
    for (const auto& host : config.hosts) {
        for (const auto& address : host.addresses) {
            const auto [at, is_new] = known.emplace(address, addresses.size());
            if (is_new) {
                addresses.emplace_back(address, std::vector<std::uint32_t>());
            }
            auto& hosts = addresses[at->second].second;
            if (hosts.empty() || hosts.back() != host.index) {
                hosts.push_back(host.index);
            }
        }
    }
    return addresses;
}

}  // namespace

std::string user_of(const config::Config& config, const config::DaemonGroup* group) {
    const auto account = account_of(config, group);
    return account.group.empty() ? account.user : fmt::format("{}:{}", account.user, account.group);
}

std::string describe_group(const config::Config& config, const config::DaemonGroup& group) {
    const auto user = user_of(config, &group);
    return fmt::format(
        "{}, {} process{} × {} thread{}",
        user.empty() ? "the user who starts the server" : "user " + user,
        group.processes,
        group.processes == 1 ? "" : "es",
        group.threads,
        group.threads == 1 ? "" : "s"
    );
}

std::string list_hosts(const config::Config& config) {
    std::string out;
    for (const auto& listener : config.listeners) {
        out +=
            fmt::format("Listen {} ({})\n", config::host_and_port(listener), listener.place.text());
    }
    for (const auto& [address, hosts] : hosts_by_address(config)) {
        out += fmt::format("\n{}\n", address);
        for (const auto index : hosts) {
            const auto& host = config.hosts.at(index);
            list_host(config, host, index == hosts.front() ? "default server" : "server", out);
        }
    }
    const auto& main = config.hosts.front();
    out += fmt::format(
        "\nmain server: what no virtual host's address matches, and what all virtual hosts "
        "inherit\n    {}\n",
        server_name_of(main)
    );
    for (const auto& alias : main.server_aliases) {
        out += fmt::format("        alias {}\n", alias);
    }
    list_mounts(config, main, out);
    const auto user = user_of(config, nullptr);
    out += fmt::format(
        "        embedded mode: {}, {} process{} × {} thread{}\n",
        user.empty() ? "the user who starts the server" : "user " + user,
        config.server_processes,
        config.server_processes == 1 ? "" : "es",
        config.embedded_threads,
        config.embedded_threads == 1 ? "" : "s"
    );
    return out;
}

}  // namespace server
