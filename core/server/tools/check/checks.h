// What -t asks, one theme each. None of them changes anything, or knows of the others.
#pragma once

#include <string>

#include "core/config/model/config.h"
#include "core/server/tools/check/report.h"
#include "core/server/tools/rights/reading_users.h"

namespace server {

// What an alias leads to is the same for every request: nothing that its pattern has matched is put
// in.
inline bool is_fixed(const std::string& target) { return target.find('$') == std::string::npos; }

// Definitions that stand in each other's way, and virtual hosts that nobody can reach.
void check_names(const config::Config& config, Report& report);
// Users and groups that processes become.
void check_accounts(const config::Config& config, Report& report);
// Scripts: there, and readable by whoever runs them.
void check_scripts(const config::Config& config, ReadingUsers& users, Report& report);
// ServerRoot, and the directories and files that are served, or that a group starts in.
void check_directories(const config::Config& config, ReadingUsers& users, Report& report);
// What AllowOverride lets a .htaccess file undo.
void check_overrides(const config::Config& config, Report& report);
// Logs and the PidFile.
void check_logs(const config::Config& config, Report& report);
// Installations of Python, and what its paths name; readable by whoever runs them.
void check_python(const config::Config& config, ReadingUsers& users, Report& report);
// Files that rules and types are looked up in.
void check_tables(const config::Config& config, ReadingUsers& users, Report& report);
// Handlers and media types that nobody here implements.
void check_handlers(const config::Config& config, Report& report);
// How many descriptors all of it needs.
void check_limits(const config::Config& config, Report& report);
// Addresses that are listened on.
void check_ports(const config::Config& config, Report& report);

}  // namespace server
