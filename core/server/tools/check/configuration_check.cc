#include "core/server/tools/check/configuration_check.h"

#include "core/server/tools/check/checks.h"

namespace server {

std::vector<config::Finding> check_configuration(
    const config::Config& config, const std::vector<config::Finding>& said
) {
    Report report(config, said);
    ReadingUsers users(config);
    check_names(config, report);
    check_accounts(config, report);
    check_scripts(config, users, report);
    check_directories(config, users, report);
    check_overrides(config, report);
    check_logs(config, report);
    check_python(config, users, report);
    check_tables(config, users, report);
    check_handlers(config, report);
    check_ports(config, report);
    check_limits(config, report);
    return report.take();
}

}  // namespace server
