#include "core/server/process/host_environ.h"

namespace server {

std::vector<std::pair<std::string, std::string>> constant_environ(
    const config::Config& config, std::uint32_t number
) {
    const config::VirtualHost& host = config.hosts[number];
    const std::string& admin =
        host.server_admin.empty() ? config.hosts[0].server_admin : host.server_admin;
    std::vector<std::pair<std::string, std::string>> environ;
    environ.emplace_back("SERVER_ADMIN", admin.empty() ? "[no address given]" : admin);
    if (const std::string& root = config::document_root_of(config, host); !root.empty()) {
        environ.emplace_back("DOCUMENT_ROOT", root);
    }
    return environ;
}

}  // namespace server
