#include "core/server/served/served.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/config/values/readers.h"
#include "core/server/served/descriptors.h"
#include "ipc/frame.h"

namespace server {
namespace {

// A head goes to a daemon process in one frame, in which everything else that is said about the
// request has room beside it.
constexpr std::size_t kHeadMax = ipc::kPayloadMax / 2;
// Of a field beside its name and value: ": ", CRLF, and white space that somebody may put there.
constexpr std::size_t kFieldFrame = 16;

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

base::Result<std::uint32_t> OpenLogs::number_of(
    const std::string& path, const ReadFiles& read, const IsServedGroup& is_served
) {
    if (const auto found = numbers_.find(path); found != numbers_.end()) {
        return found->second;
    }
    if (auto obstacle = read.obstacle_to_log(path); !obstacle.empty()) {
        return base::fail(base::Fault::kConfig, std::move(obstacle));
    }
    base::Fd fd = path.empty() ? base::Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))
                               : TRY(open_guarded(path, O_WRONLY | O_APPEND, is_served));
    if (!fd.is_open() && errno == EMFILE) {
        return base::fail_errno("standard error", errno);
    }
    const auto number = static_cast<std::uint32_t>(targets_.size());
    targets_.push_back({path, std::move(fd)});
    numbers_.emplace(path, number);
    return number;
}

base::Result<OpenLogs> OpenLogs::open(
    const config::Config& config, const IsServedGroup& is_served
) {
    OpenLogs logs;
    const ReadFiles read(config);
    std::map<std::pair<std::uint32_t, base::LogLevel>, std::shared_ptr<base::Log>> errors;
    std::map<std::uint32_t, std::shared_ptr<AccessLogFile>> accesses;
    for (const config::VirtualHost& host : config.hosts) {
        const config::HostSettings settings = config::merged_settings(config, host.index);
        const auto number = logs.number_of(settings.error_log.value_or(""), read, is_served);
        if (!number) {
            return base::fail(
                base::Fault::kConfig,
                (settings.error_log ? settings.error_log_place.text() + ": " : "") +
                    "cannot open the log " + number.error().what
            );
        }
        auto& error_log = errors[{*number, *settings.log_level}];
        if (!error_log) {
            error_log = std::make_shared<base::Log>(logs.pipe_, *number, *settings.log_level);
        }
        logs.error_logs_.push_back(error_log);
        auto& access_logs = logs.access_logs_.emplace_back();
        for (const config::AccessLog& log : settings.access_logs) {
            const auto its_number = logs.number_of(log.path, read, is_served);
            if (!its_number) {
                return base::fail(
                    base::Fault::kConfig,
                    log.place.text() + ": cannot open the log " + its_number.error().what
                );
            }
            auto& file = accesses[*its_number];
            if (!file) {
                file = std::make_shared<AccessLogFile>();
                file->pipe = logs.pipe_.get();
                file->number = *its_number;
            }
            access_logs.push_back(file);
        }
    }
    return logs;
}

std::vector<int> OpenLogs::fds() const {
    std::vector<int> fds;
    for (const Target& target : targets_) {
        fds.push_back(target.fd.get());
    }
    return fds;
}

Served::Served(const config::Config& its_config, const OpenLogs& logs)
    : config(its_config),
      host_table(config),
      site(config),
      group_loads(std::make_unique<GroupLoads>(
          static_cast<std::uint32_t>(config.daemon_groups.size()),
          static_cast<std::uint32_t>(std::max(highest_for_connections(), 0)),
          static_cast<std::uint32_t>(config.hosts.size())
      )),
      process_loads(config.daemon_groups),
      server_software(server::server_software()),
      pid(::getpid()) {
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
