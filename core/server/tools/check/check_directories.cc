// Of `hoopsnake -t`: directories and files that are served, and those that the server is at home
// in.
#include <fmt/format.h>

#include "core/server/tools/check/checks.h"
#include "core/server/tools/rights/file_state.h"

namespace server {
namespace {

using Wanted = Reader::Wanted;

// Nobody can be at home there: "" where it is a directory, as far as one may look.
std::string against_directory(const std::string& path) {
    const auto state = state_of(path);
    return state == FileState::kMissing ? missing(path)
           : is_no_directory(state)     ? path + " is no directory"
                                        : std::string();
}

// What the server's user cannot serve: Apache starts with it, too, and answers 403 and 404.
void check_served(
    const std::string& path,
    std::string_view directive,
    const config::Place& place,
    ReadingUsers& users,
    Report& report
) {
    const auto state = state_of(path);
    if (state == FileState::kMissing) {
        report.remark(place, fmt::format("{}: {}", directive, missing(path)));
    } else if (const auto* const reader = users.of(nullptr); reader != nullptr) {
        const auto wanted = state == FileState::kDirectory ? Wanted::kSearch : Wanted::kRead;
        if (const auto obstacle = reader->obstacle(path, wanted); !obstacle.empty()) {
            report.remark(
                place,
                fmt::format("{}: {} may not read {}: {}", directive, reader->name(), path, obstacle)
            );
        }
    }
}

void check_home(const config::DaemonGroup& group, ReadingUsers& users, Report& report) {
    const std::string about = fmt::format("WSGIDaemonProcess {}: home=", group.name);
    if (const auto against = against_directory(group.home); !against.empty()) {
        report.problem(group.place, about + against);
    } else if (const auto* const reader = users.of(&group); reader != nullptr) {
        if (const auto obstacle = reader->obstacle(group.home, Wanted::kSearch);
            !obstacle.empty()) {
            report.problem(
                group.place,
                fmt::format(
                    "{}{}: {} may not enter it: {}", about, group.home, reader->name(), obstacle
                )
            );
        }
    }
}

}  // namespace

void check_directories(const config::Config& config, ReadingUsers& users, Report& report) {
    if (!config.server_root.empty()) {
        if (const auto against = against_directory(config.server_root); !against.empty()) {
            report.problem(report.place_of("ServerRoot", 0), "ServerRoot: " + against);
        }
    }
    for (const auto& host : config.hosts) {
        if (const auto& root = host.document_root; !root.empty()) {
            const auto place = report.place_of("DocumentRoot", host.index);
            if (is_no_directory(state_of(root))) {
                report.problem(place, fmt::format("DocumentRoot: {} is no directory", root));
            } else {
                check_served(root, "DocumentRoot", place, users, report);
            }
        }
        for (const auto& alias : host.aliases) {
            if (is_fixed(alias.target)) {
                const auto* const directive = alias.regex ? "AliasMatch" : "Alias";
                check_served(alias.target, directive, alias.place, users, report);
            }
        }
    }
    for (const auto& group : config.daemon_groups) {
        if (!group.home.empty()) {
            check_home(group, users, report);
        }
    }
}

}  // namespace server
