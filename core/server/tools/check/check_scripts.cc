// Of `hoopsnake -t`: scripts, and who may read them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/server/tools/check/checks.h"
#include "core/server/tools/rights/file_state.h"

namespace server {
namespace {

using Wanted = Reader::Wanted;

// The process group of a name that no request completes: nothing where one does.
std::optional<const config::DaemonGroup*> fixed_group(
    const config::Config& config, const std::string& name
) {
    if (name.empty() || name == config::kGlobalGroup) {
        return nullptr;
    }
    const auto found = std::ranges::find(config.daemon_groups, name, &config::DaemonGroup::name);
    return found == config.daemon_groups.end() ? std::nullopt : std::optional(&*found);
}

// "" where `path` is a script that everybody who has to can read; else what is against it.
std::string against_script(
    const config::Config& config,
    ReadingUsers& users,
    const std::string& path,
    const std::string& group
) {
    const auto state = state_of(path);
    if (state == FileState::kMissing) {
        return missing(path);
    }
    if (state == FileState::kHidden || state == FileState::kOther) {
        return state == FileState::kOther
                   ? fmt::format("{} is neither a file nor a directory", path)
                   : std::string();
    }
    const auto found = fixed_group(config, group);
    const auto* const reader = found ? users.of(*found) : nullptr;
    const auto wanted = state == FileState::kFile ? Wanted::kRead : Wanted::kSearch;
    if (reader != nullptr) {
        if (auto obstacle = reader->obstacle(path, wanted); !obstacle.empty()) {
            return fmt::format("{} may not read {}: {}", reader->name(), path, obstacle);
        }
    }
    // The server processes look for it, whoever runs it.
    const auto* const server = users.of(nullptr);
    const auto directory =
        state == FileState::kFile ? std::filesystem::path(path).parent_path().string() : path;
    if (server != nullptr && server != reader) {
        if (auto obstacle = server->obstacle(directory, Wanted::kSearch); !obstacle.empty()) {
            return fmt::format(
                "{}, the user of the server, may not find {}: {}", server->name(), path, obstacle
            );
        }
    }
    return {};
}

}  // namespace

void check_scripts(const config::Config& config, ReadingUsers& users, Report& report) {
    for (const auto& host : config.hosts) {
        if (host.mounts.empty()) {
            continue;
        }
        const auto base = config::base_settings(config, host.index).process_group.value_or("");
        for (const auto index : host.mounts) {
            const auto& mount = config.mounts.at(index);
            const auto against =
                mount.is_module || (mount.regex && !is_fixed(mount.target))
                    ? std::string()
                    : against_script(
                          config, users, mount.target, mount.process_group.value_or(base)
                      );
            if (!against.empty()) {
                report.problem(
                    mount.place,
                    fmt::format(
                        "{}: {}", mount.regex ? "WSGIScriptAliasMatch" : "WSGIScriptAlias", against
                    )
                );
            }
        }
    }
    for (const auto& script : config.import_scripts) {
        if (const auto against = against_script(config, users, script.script, script.process_group);
            !against.empty()) {
            report.problem(script.place, "WSGIImportScript: " + against);
        }
    }
    for (const auto& section : config.sections) {
        if (const auto& script = section.settings.dispatch_script) {
            if (const auto against =
                    against_script(config, users, script->script, config::kGlobalGroup);
                !against.empty()) {
                report.problem(script->place, "WSGIDispatchScript: " + against);
            }
        }
        for (const auto& script : section.settings.handler_scripts) {
            // Without a group of its own it runs wherever its file is asked for.
            if (const auto against = against_script(
                    config, users, script.script, script.process_group.value_or("%{HOST}")
                );
                !against.empty()) {
                report.problem(script.place, "WSGIHandlerScript: " + against);
            }
        }
    }
}

}  // namespace server
