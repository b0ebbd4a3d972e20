// Those who read files for the server: its own user, and those of process groups. One thread; dies
// before the configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/config/model/config.h"
#include "core/server/tools/rights/reading_rights.h"

namespace server {

// Each is looked up once.
class ReadingUsers {
public:
    explicit ReadingUsers(const config::Config& config) : config_(config) {}

    // Of the server itself for null. Null where the account does not exist.
    const Reader* of(const config::DaemonGroup* group);

private:
    const config::Config& config_;
    std::map<std::pair<std::string, std::string>, std::optional<Reader>> known_;
};

}  // namespace server
