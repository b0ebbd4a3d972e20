#include "core/server/mount_views.h"

namespace server {
namespace {

bool is_fixed(const std::optional<std::string>& name) {
    return name && (*name == "%{GLOBAL}" || name->find("%{") == std::string::npos);
}

}  // namespace

MountViews::MountViews(const config::Config& config) {
    for (const config::VirtualHost& host : config.hosts) {
        for (const std::uint32_t mount : host.mounts) {
            add(config, host.index, mount);
        }
        if (host.index != 0) {
            for (const std::uint32_t mount : config.hosts[0].mounts) {
                add(config, host.index, mount);
            }
        }
    }
}

void MountViews::add(const config::Config& config, std::uint32_t host, std::uint32_t mount) {
    const config::DirectorySettings base = config::base_settings(config, host);
    const config::Mount& its_mount = config.mounts[mount];
    numbers_.emplace(key(host, mount), static_cast<std::uint32_t>(views_.size()));
    MountView& view = views_.emplace_back();
    view.host = host;
    view.mount = mount;
    view.process_group = its_mount.process_group.value_or(*base.process_group);
    view.application_group = its_mount.application_group.value_or(*base.application_group);
    view.preloads = is_fixed(its_mount.process_group) && is_fixed(its_mount.application_group);
}

bool may_answer(const MountView& view, const std::string& group) {
    if (config::is_group_token(view.process_group) && view.process_group != "%{GLOBAL}") {
        return !group.empty();
    }
    return plain_group_name(view.process_group) == group;
}

std::vector<std::pair<std::string, std::string>> constant_environ(
    const config::Config& config, const MountView& view
) {
    const config::VirtualHost& host = config.hosts[view.host];
    const std::string& admin =
        host.server_admin.empty() ? config.hosts[0].server_admin : host.server_admin;
    std::vector<std::pair<std::string, std::string>> environ;
    environ.emplace_back("SERVER_ADMIN", admin.empty() ? "[no address given]" : admin);
    if (!host.document_root.empty()) {
        environ.emplace_back("DOCUMENT_ROOT", host.document_root);
    }
    return environ;
}

std::string plain_group_name(const std::string& name) {
    return name == "%{GLOBAL}" ? std::string() : name;
}

}  // namespace server
