#include "core/server/process/reach.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace server {
namespace {

using config::kGlobalGroup;

// What runs the file that was asked for. A WSGIHandlerScript speaks for itself.
constexpr std::string_view kHandler = "wsgi-script";
constexpr std::string_view kType = "application/x-httpd-wsgi";

// "%{GLOBAL}" → "": embedded mode, or the main interpreter.
std::string plain(std::string_view name) { return std::string(name == kGlobalGroup ? "" : name); }

bool is_fixed(const std::optional<std::string>& name) {
    return name && (*name == kGlobalGroup || name->find("%{") == std::string::npos);
}

// The process groups that settings name, as written.
struct Named {
    std::vector<std::string_view> groups;
    bool takes_default = false;  // something runs in whatever group the virtual host has chosen
    bool may_be_any = false;     // .htaccess or a dispatch script may choose

    void add(const std::optional<std::string>& group) {
        if (group) {
            groups.push_back(*group);
        } else {
            takes_default = true;
        }
    }
    void add(const Named& other) {
        groups.insert(groups.end(), other.groups.begin(), other.groups.end());
        takes_default |= other.takes_default;
        may_be_any |= other.may_be_any;
    }
};

void collect(const config::DirectorySettings& settings, Named& named) {
    for (const config::HandlerScript& script : settings.handler_scripts) {
        named.add(script.process_group);
    }
    const auto runs = [](const config::ExtensionRule& rule) {
        return rule.value == kHandler || rule.value == kType;
    };
    const auto chooses = [](const config::RewriteRule& rule) {
        return rule.handler == kHandler || rule.content_type == kType;
    };
    named.takes_default |= std::ranges::any_of(settings.rewriting.rules, chooses) ||
                           settings.handler == kHandler || settings.force_type == kType ||
                           std::ranges::any_of(settings.handlers, runs) ||
                           std::ranges::any_of(settings.types, runs);
    named.may_be_any |= settings.dispatch_script.has_value();
    named.may_be_any |= settings.allow_override &&
                        (settings.allow_override->classes & config::override_class::kFileInfo) != 0;
}

void collect(
    const config::Config& config, const std::vector<std::uint32_t>& sections, Named& named
) {
    for (const std::uint32_t number : sections) {
        const config::Section& section = config.sections.at(number);
        collect(section.settings, named);
        if (section.settings.process_group && section.kind != config::SectionKind::kServer) {
            named.groups.push_back(*section.settings.process_group);
        }
        collect(config, section.files, named);
        collect(config, section.conditions, named);
    }
}

// What stands in the virtual host itself, not what it inherits.
Named named_in(const config::Config& config, const config::VirtualHost& host) {
    Named named;
    for (const std::uint32_t mount : host.mounts) {
        named.add(config.mounts.at(mount).process_group);
    }
    if (host.defaults != config::VirtualHost::kNoSection) {
        collect(config, {host.defaults}, named);
    }
    for (const auto* sections :
         {&host.directories, &host.files, &host.locations, &host.conditions}) {
        collect(config, *sections, named);
    }
    return named;
}

// WSGIProcessGroup outside of all sections.
std::optional<std::string_view> chosen_by(
    const config::Config& config, const config::VirtualHost& host
) {
    if (host.defaults != config::VirtualHost::kNoSection) {
        if (const auto& group = config.sections.at(host.defaults).settings.process_group) {
            return *group;
        }
    }
    return std::nullopt;
}

void append(const std::vector<std::uint32_t>& more, std::vector<std::uint32_t>& hosts) {
    hosts.insert(hosts.end(), more.begin(), more.end());
}

template <class Key, class Map>
void append_of(const Map& map, const Key& key, std::vector<std::uint32_t>& hosts) {
    if (const auto found = map.find(key); found != map.end()) {
        append(found->second, hosts);
    }
}

}  // namespace

Reach::Reach(const config::Config& config) : config_(config) {
    const config::VirtualHost& main = config.hosts.front();
    const Named of_all = named_in(config, main);
    for (const config::VirtualHost& host : config.hosts) {
        Named named = host.index == 0 ? of_all : named_in(config, host);
        if (host.index != 0) {
            named.add(of_all);
        }
        if (named.takes_default) {
            const auto own = chosen_by(config, host);
            named.groups.push_back(own ? *own : chosen_by(config, main).value_or(kGlobalGroup));
        }
        for (const std::string_view group : named.groups) {
            add(host.index, group);
        }
        if (named.may_be_any) {
            add(host.index, "%{ENV:}");
        }
    }
    add_preloads();
}

void Reach::add(std::uint32_t host, std::string_view name) {
    const auto add_to = [host](Hosts& hosts) {
        if (hosts.empty() || hosts.back() != host) {
            hosts.push_back(host);
        }
    };
    if (name == kGlobalGroup || name.find("%{") == std::string_view::npos) {
        add_to(by_name_[plain(name)]);
        return;
    }
    add_to(by_token_);
    add_to(by_token_of_server_name_[config_.hosts[host].server_name]);
    if (name.starts_with("%{ENV:")) {
        add_to(by_name_[""]);  // a variable may hold any text, "%{GLOBAL}" too
    }
}

void Reach::add_preloads() {
    auto script = config_.import_scripts.begin();
    const auto end = config_.import_scripts.end();
    for (const config::Mount& mount : config_.mounts) {
        for (; script != end && script->mounts_before <= mount.index; ++script) {
            add_preload(*script);
        }
        if (is_fixed(mount.process_group) && is_fixed(mount.application_group)) {
            preloads_[plain(*mount.process_group)].push_back(
                {&mount.target, &*mount.application_group, true, &mount.place}
            );
        }
    }
    for (; script != end; ++script) {
        add_preload(*script);
    }
}

// Its group runs Python, even if no virtual host sends it a request.
void Reach::add_preload(const config::ImportScript& script) {
    preloads_[plain(script.process_group)].push_back(
        {&script.script, &script.application_group, false, &script.place}
    );
    Hosts& hosts = by_name_[plain(script.process_group)];
    if (std::ranges::find(hosts, script.host) == hosts.end()) {
        hosts.push_back(script.host);
    }
}

std::vector<std::uint32_t> Reach::hosts_of(const config::DaemonGroup& group) const {
    Hosts hosts;
    append_of(by_name_, group.name, hosts);
    if (group.host == 0) {
        append(by_token_, hosts);
    } else {
        append_of(by_token_of_server_name_, config_.hosts[group.host].server_name, hosts);
    }
    std::erase_if(hosts, [&](std::uint32_t host) {
        return !config::may_use(config_, group, host);
    });
    std::ranges::sort(hosts);
    hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
    return hosts;
}

std::vector<std::uint32_t> Reach::embedded_hosts() const {
    Hosts hosts;
    append_of(by_name_, std::string(), hosts);
    return hosts;
}

std::vector<Reach::Preload> Reach::preloads_of(const std::string& group) const {
    std::vector<Preload> preloads;
    if (const auto found = preloads_.find(group); found != preloads_.end()) {
        std::ranges::transform(found->second, std::back_inserter(preloads), [](const Early& early) {
            return Preload{
                *early.script,
                plain(*early.application_group),
                early.checks_owner,
                *early.place,
            };
        });
    }
    return preloads;
}

}  // namespace server
