#include "core/server/supervisor/announcement.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "core/base/system/fd.h"
#include "core/base/system/log.h"
#include "core/server/process/systemd.h"

namespace server {

// An application that takes long to load holds up its own group, and not what systemd thinks of the
// whole server.
bool Announcement::is_due(const std::vector<Child>& children, Clock::time_point now) {
    const bool is_settling_over = now >= started_at_ + kSettleTime;
    const bool waits = std::ranges::any_of(children, [is_settling_over](const Child& child) {
        return !child.is_reserve && !child.restart.has_settled() &&
               (child.is_server() || !is_settling_over);
    });
    const bool is_due = !is_made_ && !waits;
    is_made_ |= is_due;
    return is_due;
}

// Later on, whoever is waited for wakes us.
std::optional<Announcement::Clock::time_point> Announcement::next(Clock::time_point now) const {
    const Clock::time_point at = started_at_ + kSettleTime;
    return is_made_ || now >= at ? std::nullopt : std::optional(at);
}

void Announcement::make(const std::vector<Endpoint>& endpoints) const {
    std::string lines;
    for (const Endpoint& endpoint : endpoints) {
        lines += text_of(endpoint) + "\n";
    }
    if (options_.ready_fd >= 0) {
        const base::Fd fd(options_.ready_fd);
        [[maybe_unused]] const auto written = ::write(fd.get(), lines.data(), lines.size());
    }
    if (options_.announces) {
        for (const Endpoint& endpoint : endpoints) {
            const std::string line =
                fmt::format("Serving on http://{} (press Ctrl-C to stop)\n", text_of(endpoint));
            std::fwrite(line.data(), 1, line.size(), stdout);
        }
        std::fflush(stdout);
    }
    notify_systemd("READY=1");
    base::main_log().notice("{} is serving, pid {}", server_software(), ::getpid());
}

}  // namespace server
