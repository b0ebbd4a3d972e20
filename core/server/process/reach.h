// Which virtual hosts may send requests to which process group, and which scripts a group loads
// before its first request. A process is told of nothing else, so that ten thousand virtual hosts
// with a group each cost each process one. Built from the configuration, the same in the supervisor
// and in every server process; constant; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/config/model/config.h"

namespace server {

class Reach {
public:
    // The configuration outlives it.
    explicit Reach(const config::Config& config);

    // Ascending indices into config::Config::hosts. Rather one too many than one too few: a setting
    // somewhere in the virtual host names the group, or has a token that may turn out to name it.
    [[nodiscard]] std::vector<std::uint32_t> hosts_of(const config::DaemonGroup& group) const;
    [[nodiscard]] std::vector<std::uint32_t> embedded_hosts() const;

    // WSGIImportScript, and aliases whose groups are both given by name (as mod_wsgi does), in the
    // order of the file.
    struct Preload {
        std::string script_filename;
        std::string application_group;  // "" is the main interpreter
        bool checks_owner;              // script-user and script-group; not for WSGIImportScript
        config::Place place;
    };
    // "" is embedded mode.
    [[nodiscard]] std::vector<Preload> preloads_of(const std::string& group) const;

private:
    using Hosts = std::vector<std::uint32_t>;

    void add(std::uint32_t host, std::string_view name);
    void add_preloads();
    void add_preload(const config::ImportScript& script);

    const config::Config& config_;
    std::unordered_map<std::string, Hosts> by_name_;  // "" is embedded mode
    Hosts by_token_;                                  // any group
    std::unordered_map<std::string_view, Hosts>
        by_token_of_server_name_;  // the same, by ServerName
    struct Early {
        const std::string* script;
        const std::string* application_group;  // as written
        bool checks_owner;
        const config::Place* place;
    };
    std::unordered_map<std::string, std::vector<Early>> preloads_;  // by group
};

}  // namespace server
