#include "core/server/dispatch/served.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "core/config/values/readers.h"
#include "core/server/client/acceptor.h"
#include "ipc/frame.h"

namespace server {
namespace {

constexpr std::size_t kEarlyBytesMax = 64 * 1024 * 1024;
// A head goes to a daemon process in one frame, in which everything else that is said about the
// request has room beside it.
constexpr std::size_t kHeadMax = ipc::kPayloadMax / 2;
// Of a field beside its name and value: ": ", CRLF, and white space that somebody may put there.
constexpr std::size_t kFieldFrame = 16;

base::Result<std::shared_ptr<AccessLogFile>> open_access_log(const config::AccessLog& log) {
    auto file = std::make_shared<AccessLogFile>();
    file->fd = base::Fd(::open(log.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!file->fd.is_open()) {
        return base::fail_errno(log.place.text() + ": cannot open the log " + log.path, errno);
    }
    return file;
}

std::string name_of_machine() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// What Apache takes for the port of a virtual host: that of ServerName, else of its first address.
std::uint16_t canonical_port(const config::VirtualHost& host) {
    constexpr std::uint16_t kHttpPort = 80;
    if (host.server_name_port != 0 || host.addresses.empty()) {
        return host.server_name_port != 0 ? host.server_name_port : kHttpPort;
    }
    const auto port = config::split_host_and_port(host.addresses.front()).port;
    return static_cast<std::uint16_t>(config::read_number(port, 1, 65535).value_or(kHttpPort));
}

}  // namespace

base::Result<OpenLogs> OpenLogs::open(const config::Config& config) {
    OpenLogs logs;
    std::map<std::pair<std::string, base::LogLevel>, std::shared_ptr<base::Log>> errors;
    std::map<std::string, std::shared_ptr<AccessLogFile>> accesses;
    for (const config::VirtualHost& host : config.hosts) {
        const config::HostSettings settings = config::merged_settings(config, host.index);
        const std::string path = settings.error_log.value_or("");
        auto& error_log = errors[{path, *settings.log_level}];
        if (!error_log && path.empty()) {
            error_log = base::log_to_standard_error(*settings.log_level);
        } else if (!error_log) {
            error_log = TRY(base::Log::open(path, *settings.log_level));
        }
        logs.error_logs_.push_back(error_log);
        auto& access_logs = logs.access_logs_.emplace_back();
        for (const config::AccessLog& log : settings.access_logs) {
            auto& file = accesses[log.path];
            if (!file) {
                file = TRY(open_access_log(log));
            }
            access_logs.push_back(file);
        }
    }
    return logs;
}

std::vector<int> OpenLogs::fds() const {
    std::vector<int> fds;
    for (const auto& log : error_logs_) {
        fds.push_back(log->fd());
    }
    for (const auto& host : access_logs_) {
        for (const auto& file : host) {
            fds.push_back(file->fd.get());
        }
    }
    return fds;
}

Served::Served(const config::Config& its_config, const OpenLogs& logs)
    : config(its_config),
      host_table(config),
      site(config),
      group_loads(std::make_unique<GroupLoads>(
          static_cast<std::uint32_t>(config.daemon_groups.size()),
          static_cast<std::uint32_t>(std::max(highest_for_connections(), 0))
      )),
      server_software(server::server_software()),
      pid(::getpid()),
      early_bytes(std::make_unique<base::Budget>(kEarlyBytesMax)) {
    const std::string machine = name_of_machine();
    for (const config::VirtualHost& host : config.hosts) {
        const config::HostSettings settings = config::merged_settings(config, host.index);
        ServedHost& served = hosts.emplace_back();
        served.log = logs.error_log(host.index).get();
        for (std::size_t i = 0; i < settings.access_logs.size(); ++i) {
            const config::AccessLog& log = settings.access_logs[i];
            served.access_logs.push_back(
                {logs.access_logs(host.index)[i].get(), log.format.get(), log.condition.get()}
            );
            served.log_needs.add(log.format->needs);
            served.log_needs.walk |= log.condition != nullptr;
        }
        served.log_name = host.server_name.empty() ? machine : host.server_name;
        served.log_port = canonical_port(host);
        served.timeout = *settings.timeout;
        served.head_time = *settings.head_time;
        served.body_time = *settings.body_time;
        served.keep_alive_timeout = *settings.keep_alive_timeout;
        served.keep_alive = *settings.keep_alive;
        served.keep_alive_requests_max = *settings.max_keep_alive_requests;
        served.uses_canonical_name = *settings.use_canonical_name;
        served.server_name = host.server_name;
        served.server_name_port = host.server_name_port;
    }
    for (const config::DaemonGroup& group : config.daemon_groups) {
        daemon_groups.emplace(group.name, group.index);
    }
    limits = limits_of(config);
}

http::Limits limits_of(const config::Config& config) {
    http::Limits limits;
    limits.request_line = config.limit_request_line;
    limits.field_size = config.limit_request_field_size;
    limits.fields = static_cast<std::size_t>(config.limit_request_fields);
    limits.section =
        std::clamp(limits.fields * (limits.field_size + kFieldFrame), limits.section, kHeadMax);
    limits.body = config.limit_request_body;
    return limits;
}

std::string server_software() { return "Hoopsnake/" HOOPSNAKE_VERSION; }

}  // namespace server
