#include "core/server/tools/check/configuration_check.h"

#include "core/server/tools/check/checks.h"

namespace server {

std::vector<config::Finding> check_configuration(
    const config::Config& config, const std::vector<config::Finding>& said
) {
    Report report(config, said);
    Readers readers(config);
    check_names(config, report);
    check_accounts(config, report);
    check_scripts(config, readers, report);
    check_directories(config, readers, report);
    check_overrides(config, report);
    check_logs(config, report);
    check_python(config, report);
    check_tables(config, readers, report);
    check_handlers(config, report);
    check_ports(config, report);
    return report.take();
}

}  // namespace server
