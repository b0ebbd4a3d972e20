// Of `hoopsnake -t`: files that rules and types are looked up in.
#include <fmt/format.h>

#include "core/server/tools/check/checks.h"
#include "core/server/tools/rights/file_state.h"

namespace server {
namespace {

using Wanted = Reader::Wanted;

}  // namespace

void check_tables(const config::Config& config, ReadingUsers& users, Report& report) {
    if (!config.types_config.empty() && state_of(config.types_config) != FileState::kFile) {
        report.problem(
            report.place_of("TypesConfig", 0),
            fmt::format("TypesConfig: {} is no file that can be read", config.types_config)
        );
    }
    const auto* const reader = users.of(nullptr);
    const auto look = [&](const config::RewriteMap& map, const std::string& path) {
        if (state_of(path) == FileState::kMissing) {
            report.problem(map.place, fmt::format("RewriteMap {}: {}", map.name, missing(path)));
        } else if (state_of(path) == FileState::kOther) {
            report.problem(
                map.place, fmt::format("RewriteMap {}: {} is no regular file", map.name, path)
            );
        } else if (reader != nullptr) {
            if (const auto obstacle = reader->obstacle(path, Wanted::kRead); !obstacle.empty()) {
                report.problem(
                    map.place,
                    fmt::format(
                        "RewriteMap {}: {} may not read {}: {}",
                        map.name,
                        reader->name(),
                        path,
                        obstacle
                    )
                );
            }
        }
    };
    for (const auto& section : config.sections) {
        for (const auto& map : section.settings.rewriting.maps) {
            const bool is_dbm = map.kind == config::RewriteMap::Kind::kDbm;
            if (is_dbm && state_of(map.path) != FileState::kMissing &&
                state_of(map.path + ".pag") == FileState::kMissing) {
                report.problem(
                    map.place,
                    fmt::format(
                        "RewriteMap {0}: {1} is no SDBM file, which would be {1}.pag and {1}.dir; "
                        "what httxt2dbm writes by default is often Berkeley DB: make it again with "
                        "\"httxt2dbm -f SDBM -i TEXT -o {1}\"",
                        map.name,
                        map.path
                    )
                );
            } else if (is_dbm) {
                look(map, map.path + ".pag");
                look(map, map.path + ".dir");
            } else if (!map.path.empty()) {
                look(map, map.path);
            }
        }
    }
}

}  // namespace server
