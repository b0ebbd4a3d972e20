// Of `hoopsnake -t`: addresses that are listened on.
#include <signal.h>

#include <cerrno>
#include <charconv>

#include "core/config/language/files.h"
#include "core/server/supervisor/kept/endpoints.h"
#include "core/server/tools/check/checks.h"

namespace server {
namespace {

// Whether the process that a PidFile names is there.
bool is_running(const std::string& pid_file) {
    const auto text = config::read_file(pid_file);
    pid_t pid = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc()) {
        return false;
    }
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

}  // namespace

void check_ports(const config::Config& config, Report& report) {
    const bool runs = !config.pid_file.empty() && is_running(config.pid_file);
    for (const auto& obstacle : obstacles_of(config.listeners)) {
        if (obstacle.is_in_use && runs) {
            report.remark(
                obstacle.place,
                obstacle.sentence + "; it is probably this server, as PidFile names one that runs"
            );
        } else if (obstacle.is_forbidden) {
            report.remark(obstacle.place, obstacle.sentence);
        } else {
            report.problem(obstacle.place, obstacle.sentence);
        }
    }
}

}  // namespace server
