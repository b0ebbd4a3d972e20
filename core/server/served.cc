#include "core/server/served.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>

namespace server {
namespace {

base::Result<std::shared_ptr<AccessLogFile>> open_access_log(const config::AccessLog& log) {
    auto file = std::make_shared<AccessLogFile>();
    file->fd = base::Fd(::open(log.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    file->format = log.format;
    if (!file->fd.is_open()) {
        return base::fail_errno(log.place.text() + ": CustomLog: cannot open " + log.path, errno);
    }
    return file;
}

}  // namespace

base::Result<OpenLogs> OpenLogs::open(const config::Config& config) {
    OpenLogs logs;
    std::map<std::pair<std::string, base::LogLevel>, std::shared_ptr<base::Log>> errors;
    std::map<std::pair<std::string, config::AccessFormat>, std::shared_ptr<AccessLogFile>> accesses;
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
            auto& file = accesses[{log.path, log.format}];
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
      server_software(server::server_software()),
      pid(::getpid()) {
    for (const config::VirtualHost& host : config.hosts) {
        const config::HostSettings settings = config::merged_settings(config, host.index);
        ServedHost& served = hosts.emplace_back();
        served.log = logs.error_log(host.index).get();
        for (const auto& file : logs.access_logs(host.index)) {
            served.access_logs.push_back(file.get());
        }
        served.timeout = *settings.timeout;
        served.keep_alive_timeout = *settings.keep_alive_timeout;
        served.keep_alive = *settings.keep_alive;
        served.keep_alive_requests_max = *settings.max_keep_alive_requests;
        served.uses_canonical_name = *settings.use_canonical_name;
        served.server_name = host.server_name;
        served.server_name_port = host.server_name_port;
    }
    for (const config::DaemonGroup& group : config.daemon_groups) {
        daemon_groups.emplace(group.name, group.index);
        script_owners.emplace_back(group);
    }
    limits = limits_of(config);
}

http::Limits limits_of(const config::Config& config) {
    http::Limits limits;
    limits.request_line = config.limit_request_line;
    limits.field_size = config.limit_request_field_size;
    limits.fields = static_cast<std::size_t>(config.limit_request_fields);
    limits.body = config.limit_request_body;
    return limits;
}

std::string server_software() { return "Hoopsnake/" HOOPSNAKE_VERSION; }

}  // namespace server
