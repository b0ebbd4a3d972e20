#include "core/config/model/config.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace config {
namespace {

template <class T>
void inherit(std::optional<T>& own, const std::optional<T>& parent) {
    if (!own) {
        own = parent;
    }
}

void inherit(HostSettings& own, const HostSettings& parent) {
    if (!own.error_log) {
        own.error_log_place = parent.error_log_place;
    }
    inherit(own.error_log, parent.error_log);
    inherit(own.log_level, parent.log_level);
    inherit(own.timeout, parent.timeout);
    inherit(own.head_time, parent.head_time);
    inherit(own.body_time, parent.body_time);
    inherit(own.keep_alive, parent.keep_alive);
    inherit(own.keep_alive_timeout, parent.keep_alive_timeout);
    inherit(own.max_keep_alive_requests, parent.max_keep_alive_requests);
    inherit(own.use_canonical_name, parent.use_canonical_name);
    inherit(own.user_dir, parent.user_dir);
    inherit(own.merge_slashes, parent.merge_slashes);
}

void inherit_logs(std::vector<AccessLog>& own, const std::vector<AccessLog>& main) {
    const bool has_own = !own.empty();
    std::ranges::copy_if(main, std::back_inserter(own), [&](const AccessLog& log) {
        return !has_own || log.is_global;
    });
}

}  // namespace

HostSettings default_settings() {
    HostSettings defaults;
    defaults.log_level = base::LogLevel::kWarn;
    defaults.timeout = std::chrono::seconds(60);
    defaults.head_time = {std::chrono::seconds(20), std::chrono::seconds(40), 500};
    defaults.body_time = {std::chrono::seconds(20), std::chrono::seconds(0), 500};
    defaults.keep_alive = true;
    defaults.keep_alive_timeout = std::chrono::seconds(5);
    defaults.max_keep_alive_requests = 0;
    defaults.use_canonical_name = false;
    defaults.merge_slashes = true;
    defaults.encoded_slashes = EncodedSlashes::kRefused;
    return defaults;
}

DirectorySettings base_settings(const Config& config, std::uint32_t host) {
    DirectorySettings settings;
    settings.process_group = kGlobalGroup;
    settings.application_group = "%{RESOURCE}";
    settings.callable = "application";
    settings.pass_authorization = false;
    settings.script_reloading = true;
    for (const auto number : {std::uint32_t{0}, host}) {
        const auto defaults = config.hosts.at(number).defaults;
        if (defaults != VirtualHost::kNoSection && (number == 0 || host != 0)) {
            settings.overlay(config.sections.at(defaults).settings);
        }
        if (host == 0) {
            break;
        }
    }
    return settings;
}

HostSettings merged_settings(const Config& config, std::uint32_t host) {
    HostSettings merged = config.hosts.at(host).settings;
    if (host != 0) {
        inherit_logs(merged.access_logs, config.hosts.at(0).settings.access_logs);
    }
    inherit(merged, config.hosts.at(0).settings);
    inherit(merged, default_settings());
    return merged;
}

const std::string& document_root_of(const Config& config, const VirtualHost& host) {
    return host.document_root.empty() ? config.hosts.at(0).document_root : host.document_root;
}

bool may_use(const Config& config, const DaemonGroup& group, std::uint32_t host) {
    return group.host == 0 || group.host == host ||
           config.hosts.at(group.host).server_name == config.hosts.at(host).server_name;
}

bool is_group_token(std::string_view name) {
    static constexpr std::array<std::string_view, 4> kTokens = {
        kGlobalGroup, "%{SERVER}", "%{HOST}", "%{RESOURCE}"};
    return std::ranges::find(kTokens, name) != kTokens.end() ||
           (name.starts_with("%{ENV:") && name.ends_with('}'));
}

void note_written(Config& config, std::string_view name, const Place& place) {
    const auto known = std::ranges::find(config.written, name, &WrittenDirective::name);
    if (known == config.written.end()) {
        config.written.push_back({name, place});
    } else {
        ++known->count;
    }
}

Mount& add_module_mount(Config& config, std::string url_path, std::string target) {
    Mount mount;
    mount.index = static_cast<std::uint32_t>(config.mounts.size());
    mount.url_path = std::move(url_path);
    mount.target = std::move(target);
    mount.is_module = true;
    config.hosts.at(0).mounts.push_back(mount.index);
    return config.mounts.emplace_back(std::move(mount));
}

}  // namespace config
