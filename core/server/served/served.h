// A configuration as it is looked up per request, which all event loops of a server process share.
// Constant once it is built; any thread. Each loop makes a Generation of it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/system/log.h"
#include "core/config/model/config.h"
#include "core/server/logs/access_log.h"
#include "core/server/logs/guarded_file.h"
#include "core/server/logs/read_files.h"
#include "core/server/served/group_loads.h"
#include "core/server/served/process_loads.h"
#include "core/site/map/mapper.h"
#include "core/site/names/host_table.h"
#include "http/parser/parser.h"

namespace server {

// The logs that the supervisor has opened, before anybody's privileges changed. Only the process
// that writes them keeps the files; everybody else has numbers, and a pipe to it.
class OpenLogs {
public:
    // Errors name the directive's place.
    static base::Result<OpenLogs> open(
        const config::Config& config, const IsServedGroup& is_served
    );

    // The error log of virtual host number `host`; hosts that share a file and a level share the
    // object.
    [[nodiscard]] const std::shared_ptr<base::Log>& error_log(std::uint32_t host) const {
        return error_logs_[host];
    }
    // In the order of the host's merged HostSettings::access_logs; one of them may stand there
    // twice.
    [[nodiscard]] const std::vector<std::shared_ptr<AccessLogFile>>& access_logs(std::uint32_t host
    ) const {
        return access_logs_[host];
    }

    struct Target {
        std::string path;  // "" is standard error
        base::Fd fd;
    };
    // One per file, by the numbers that the logs have; the main error log first.
    [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
    [[nodiscard]] std::vector<int> fds() const;
    // This process's; nothing is written before it is used.
    [[nodiscard]] base::LogPipe& pipe() const { return *pipe_; }

private:
    base::Result<std::uint32_t> number_of(
        const std::string& path, const ReadFiles& read, const IsServedGroup& is_served
    );

    std::shared_ptr<base::LogPipe> pipe_ = std::make_shared<base::LogPipe>();
    std::vector<Target> targets_;
    std::unordered_map<std::string, std::uint32_t> numbers_;                // by path
    std::vector<std::shared_ptr<base::Log>> error_logs_;                    // by host
    std::vector<std::vector<std::shared_ptr<AccessLogFile>>> access_logs_;  // by host
};

// A virtual host with everything that it inherits.
struct ServedHost {
    const base::Log* log = nullptr;
    std::vector<AccessLogTarget> access_logs;
    config::LogNeeds log_needs;  // of all of them
    std::string log_name;        // ServerName, else the machine's; for access logs
    std::uint16_t log_port = 0;  // likewise: the one that is written for it, else 80
    std::chrono::seconds timeout{60};
    config::ReadTime head_time;
    config::ReadTime body_time;
    std::chrono::seconds keep_alive_timeout{5};
    bool keep_alive = true;
    int keep_alive_requests_max = 0;  // 0: no limit
    bool uses_canonical_name = false;
    std::string server_name;
    std::uint16_t server_name_port = 0;
};

struct Served {
    // Both outlive it.
    Served(const config::Config& its_config, const OpenLogs& logs);

    const config::Config& config;
    site::HostTable host_table;
    site::Site site;
    std::vector<ServedHost> hosts;  // as config.hosts
    http::Limits limits;
    std::unordered_map<std::string, std::uint32_t> daemon_groups;  // name → index
    const std::unique_ptr<GroupLoads> group_loads;                 // counts; its own affair
    const ProcessLoads process_loads;                              // likewise
    std::string server_software;
    std::int32_t pid = 0;
};

// What the configuration allows a request's head and body to be.
http::Limits limits_of(const config::Config& config);

// SERVER_SOFTWARE and the Server field.
std::string server_software();

}  // namespace server
