// Of `hoopsnake -t`: logs and the PidFile, which are opened as whoever starts the server.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/server/logs/guarded_file.h"
#include "core/server/logs/read_files.h"
#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/kept/pid_file.h"
#include "core/server/tools/check/checks.h"

namespace server {

void check_logs(const config::Config& config, Report& report) {
    const IsServedGroup is_served = served_groups(config);
    const ReadFiles read(config);
    const auto look = [&](const config::Place& place,
                          std::string_view directive,
                          const std::string& path,
                          const std::string& obstacle) {
        const auto directory = std::filesystem::path(path).parent_path();
        std::error_code hidden;  // what may not be looked at is not missing
        if (!std::filesystem::exists(directory, hidden) && !hidden) {
            report.problem(
                place,
                fmt::format("{}: the directory {} does not exist", directive, directory.string())
            );
        } else if (std::filesystem::is_directory(path, hidden)) {
            report.problem(place, fmt::format("{}: {} is a directory", directive, path));
        } else if (!obstacle.empty()) {
            report.problem(place, fmt::format("{}: {}", directive, obstacle));
        }
    };
    const auto look_at_log =
        [&](const config::Place& place, std::string_view directive, const std::string& path) {
            const std::string obstacle = obstacle_to_writing(path, is_served);
            look(place, directive, path, obstacle.empty() ? read.obstacle_to_log(path) : obstacle);
        };
    for (const auto& host : config.hosts) {
        if (host.settings.error_log) {
            look_at_log(
                report.place_of("ErrorLog", host.index), "ErrorLog", *host.settings.error_log
            );
        }
        for (const auto& log : host.settings.access_logs) {
            look_at_log(log.place, log.is_global ? "GlobalLog" : "CustomLog", log.path);
        }
    }
    if (!config.pid_file.empty()) {
        const std::string obstacle = obstacle_to_pid_file(config, is_served);
        look(report.place_of("PidFile", 0), "PidFile", config.pid_file, obstacle);
    }
}

}  // namespace server
