// Of `hoopsnake -t`: what the system allows whoever starts the server.
#include <sys/resource.h>

#include "core/server/supervisor/descriptor_need.h"
#include "core/server/tools/check/checks.h"

namespace server {

void check_limits(const config::Config& config, Report& report) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    // The server raises the soft one itself.
    const std::string missing = DescriptorNeed::of(config).beyond(limit.rlim_max);
    if (!missing.empty()) {
        report.remark(
            config.daemon_groups.empty() ? report.place_of("StartServers", 0)
                                         : config.daemon_groups.back().place,
            missing
        );
    }
}

}  // namespace server
