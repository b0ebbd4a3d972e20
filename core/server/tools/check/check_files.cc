// Of `hoopsnake -t`: files, directories and users that the configuration names.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>

#include "core/server/process/reach.h"
#include "core/server/process/sibling.h"
#include "core/server/supervisor/child.h"
#include "core/server/tools/check/configuration_check.h"
#include "core/server/tools/check/reading_rights.h"
#include "interp/worker.h"

namespace server {
namespace {

using Wanted = Reader::Wanted;

enum class State { kFile, kDirectory, kOther, kMissing, kHidden };

State state_of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return errno == EACCES ? State::kHidden : State::kMissing;
    }
    return S_ISREG(facts.st_mode)   ? State::kFile
           : S_ISDIR(facts.st_mode) ? State::kDirectory
                                    : State::kOther;
}

// Those who read files, each looked up once.
class Readers {
public:
    explicit Readers(const config::Config& config) : config_(config) {}

    // Null where the account does not exist.
    const Reader* of(const config::DaemonGroup* group) {
        const auto account = account_of(config_, group);
        const auto [at, is_new] = known_.try_emplace({account.user, account.group});
        if (is_new) {
            if (const auto identity = ipc::resolve_identity(account.user, account.group)) {
                at->second.emplace(*identity);
            }
        }
        return at->second ? &*at->second : nullptr;
    }

private:
    const config::Config& config_;
    std::map<std::pair<std::string, std::string>, std::optional<Reader>> known_;
};

// The process group of a name that no request completes: nothing where one does.
std::optional<const config::DaemonGroup*> fixed_group(
    const config::Config& config, const std::string& name
) {
    if (name.empty() || name == "%{GLOBAL}") {
        return nullptr;
    }
    const auto found = std::ranges::find(config.daemon_groups, name, &config::DaemonGroup::name);
    return found == config.daemon_groups.end() ? std::nullopt : std::optional(&*found);
}

// "" where `path` is a script that everybody who has to can read; else what is against it.
std::string against_script(
    const config::Config& config,
    Readers& readers,
    const std::string& path,
    const std::string& group
) {
    const auto state = state_of(path);
    if (state == State::kMissing) {
        return fmt::format("{} does not exist", path);
    }
    if (state == State::kHidden || state == State::kOther) {
        return state == State::kOther ? fmt::format("{} is neither a file nor a directory", path)
                                      : std::string();
    }
    const auto found = fixed_group(config, group);
    const auto* const reader = found ? readers.of(*found) : nullptr;
    const auto wanted = state == State::kFile ? Wanted::kRead : Wanted::kSearch;
    if (reader != nullptr) {
        if (auto obstacle = reader->obstacle(path, wanted); !obstacle.empty()) {
            return fmt::format("{} may not read {}: {}", reader->name(), path, obstacle);
        }
    }
    // The server processes look for it, whoever runs it.
    const auto* const server = readers.of(nullptr);
    const auto directory =
        state == State::kFile ? std::filesystem::path(path).parent_path().string() : path;
    if (server != nullptr && server != reader) {
        if (auto obstacle = server->obstacle(directory, Wanted::kSearch); !obstacle.empty()) {
            return fmt::format(
                "{}, the user of the server, may not find {}: {}", server->name(), path, obstacle
            );
        }
    }
    return {};
}

bool is_fixed(const std::string& target) { return target.find('$') == std::string::npos; }

}  // namespace

void Check::check_files() {
    check_accounts();
    check_scripts();
    check_documents();
    check_overrides();
    check_logs();
    check_groups();
    check_embedded_python();
    check_tables();
}

void Check::check_accounts() {
    const bool is_told = std::ranges::find(config_.refused, "User") != config_.refused.end();
    if (const auto user = check_user(config_); !user && !is_told) {
        problem(config_.hosts.front().place, user.error().what);
    }
    std::vector<const config::DaemonGroup*> groups = {nullptr};
    for (const auto& group : config_.daemon_groups) {
        groups.push_back(&group);
    }
    for (const auto* const group : groups) {
        const auto account = account_of(config_, group);
        const auto identity = ipc::resolve_identity(account.user, account.group);
        const bool is_own = group == nullptr || !(group->user.empty() && group->group.empty());
        if (!identity && is_own) {
            problem(
                account.place,
                group == nullptr
                    ? identity.error().what
                    : fmt::format("WSGIDaemonProcess {}: {}", group->name, identity.error().what)
            );
        }
        if (identity && is_own && identity->uid != 0 && identity->gid == 0) {
            remark(
                account.group.empty() || group != nullptr ? account.place : config_.group_place,
                fmt::format(
                    "{} has the group of root, which may write what is root's group's; name "
                    "another group",
                    account.user.empty() ? "whoever is served" : "the user " + account.user
                )
            );
        }
        if (group != nullptr && !(group->script_user.empty() && group->script_group.empty())) {
            const auto owner = ipc::resolve_owner(group->script_user, group->script_group);
            if (!owner) {
                problem(
                    group->place,
                    fmt::format(
                        "WSGIDaemonProcess {}: script-user and script-group: {}",
                        group->name,
                        owner.error().what
                    )
                );
            }
        }
    }
}

void Check::check_scripts() {
    Readers readers(config_);
    for (const auto& host : config_.hosts) {
        if (host.mounts.empty()) {
            continue;
        }
        const auto base = config::base_settings(config_, host.index).process_group.value_or("");
        for (const auto index : host.mounts) {
            const auto& mount = config_.mounts.at(index);
            const auto against =
                mount.is_module || (mount.regex && !is_fixed(mount.target))
                    ? std::string()
                    : against_script(
                          config_, readers, mount.target, mount.process_group.value_or(base)
                      );
            if (!against.empty()) {
                problem(
                    mount.place,
                    fmt::format(
                        "{}: {}", mount.regex ? "WSGIScriptAliasMatch" : "WSGIScriptAlias", against
                    )
                );
            }
        }
    }
    for (const auto& script : config_.import_scripts) {
        if (const auto against =
                against_script(config_, readers, script.script, script.process_group);
            !against.empty()) {
            problem(script.place, "WSGIImportScript: " + against);
        }
    }
    for (const auto& section : config_.sections) {
        if (const auto& script = section.settings.dispatch_script) {
            if (const auto against = against_script(config_, readers, script->script, "%{GLOBAL}");
                !against.empty()) {
                problem(script->place, "WSGIDispatchScript: " + against);
            }
        }
        for (const auto& script : section.settings.handler_scripts) {
            // Without a group of its own it runs wherever its file is asked for.
            if (const auto against = against_script(
                    config_, readers, script.script, script.process_group.value_or("%{HOST}")
                );
                !against.empty()) {
                problem(script.place, "WSGIHandlerScript: " + against);
            }
        }
    }
}

// Where a directory is missing, a virtual host of Apache starts, too, and answers 404.
void Check::check_documents() {
    Readers readers(config_);
    if (!config_.server_root.empty()) {
        const auto place = place_of("ServerRoot", 0);
        const auto state = state_of(config_.server_root);
        if (state == State::kMissing) {
            problem(place, fmt::format("ServerRoot: {} does not exist", config_.server_root));
        } else if (state == State::kFile || state == State::kOther) {
            problem(place, fmt::format("ServerRoot: {} is no directory", config_.server_root));
        }
    }
    const auto look =
        [&](const config::Place& place, std::string_view directive, const std::string& path) {
            const auto state = state_of(path);
            if (state == State::kMissing) {
                remark(place, fmt::format("{}: {} does not exist", directive, path));
            } else if (const auto* const reader = readers.of(nullptr); reader != nullptr) {
                const auto wanted = state == State::kDirectory ? Wanted::kSearch : Wanted::kRead;
                if (const auto obstacle = reader->obstacle(path, wanted); !obstacle.empty()) {
                    remark(
                        place,
                        fmt::format(
                            "{}: {} may not read {}: {}", directive, reader->name(), path, obstacle
                        )
                    );
                }
            }
        };
    for (const auto& host : config_.hosts) {
        if (!host.document_root.empty()) {
            const auto place = place_of("DocumentRoot", host.index);
            const auto state = state_of(host.document_root);
            if (state == State::kFile || state == State::kOther) {
                problem(place, fmt::format("DocumentRoot: {} is no directory", host.document_root));
            } else {
                look(place, "DocumentRoot", host.document_root);
            }
        }
        for (const auto& alias : host.aliases) {
            if (is_fixed(alias.target)) {
                look(alias.place, alias.regex ? "AliasMatch" : "Alias", alias.target);
            }
        }
    }
}

void Check::check_groups() {
    Readers readers(config_);
    const auto look_at_python = [&](const config::Place& place,
                                    std::string_view what,
                                    const std::string& home,
                                    const std::vector<std::string>& path) {
        if (!home.empty() && state_of(home) == State::kMissing) {
            problem(place, fmt::format("{}{} does not exist", what, home));
        } else if (const auto sibling = sibling_for(home); !sibling) {
            problem(place, fmt::format("{}{}", what, sibling.error().what));
        } else if (const auto ours = interp::check_python_home(home); !*sibling && !ours) {
            problem(place, fmt::format("{}{}", what, ours.error().what));
        }
        for (const auto& directory : path) {
            if (state_of(directory) == State::kMissing) {
                remark(place, fmt::format("{}{} does not exist", what, directory));
            }
        }
    };
    look_at_python(place_of("WSGIPythonHome", 0), "WSGIPythonHome: ", config_.python_home, {});
    look_at_python(place_of("WSGIPythonPath", 0), "WSGIPythonPath: ", "", config_.python_path);
    for (const auto& group : config_.daemon_groups) {
        const auto about = [&](std::string_view option) {
            return fmt::format("WSGIDaemonProcess {}: {}=", group.name, option);
        };
        look_at_python(group.place, about("python-home"), group.python_home, {});
        look_at_python(group.place, about("python-path"), "", group.python_path);
        if (group.home.empty()) {
            continue;
        }
        const auto state = state_of(group.home);
        if (state == State::kMissing || state == State::kFile) {
            problem(
                group.place,
                fmt::format(
                    "{}{} {}",
                    about("home"),
                    group.home,
                    state == State::kFile ? "is no directory" : "does not exist"
                )
            );
        } else if (const auto* const reader = readers.of(&group); reader != nullptr) {
            if (const auto obstacle = reader->obstacle(group.home, Wanted::kSearch);
                !obstacle.empty()) {
                problem(
                    group.place,
                    fmt::format(
                        "{}{}: {} may not enter it: {}",
                        about("home"),
                        group.home,
                        reader->name(),
                        obstacle
                    )
                );
            }
        }
    }
}

// Files that rules and types are looked up in.
// Other programs run process groups only.
void Check::check_embedded_python() {
    const auto sibling = sibling_for(config_.python_home);
    if (sibling && *sibling && !Reach(config_).embedded_hosts().empty()) {
        problem(
            place_of("WSGIPythonHome", 0),
            fmt::format(
                "WSGIPythonHome: {} is for {}, and embedded mode, which is in use, runs in this "
                "program with Python {}; give process groups python-home=",
                config_.python_home,
                **sibling,
                interp::python_version()
            )
        );
    }
}

void Check::check_tables() {
    if (!config_.types_config.empty() && state_of(config_.types_config) != State::kFile) {
        problem(
            place_of("TypesConfig", 0),
            fmt::format("TypesConfig: {} is no file that can be read", config_.types_config)
        );
    }
    Readers readers(config_);
    const auto* const reader = readers.of(nullptr);
    const auto look = [&](const config::RewriteMap& map, const std::string& path) {
        if (state_of(path) == State::kMissing) {
            problem(map.place, fmt::format("RewriteMap {}: {} does not exist", map.name, path));
        } else if (reader != nullptr) {
            if (const auto obstacle = reader->obstacle(path, Wanted::kRead); !obstacle.empty()) {
                problem(
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
    for (const auto& section : config_.sections) {
        for (const auto& map : section.settings.rewriting.maps) {
            const bool is_dbm = map.kind == config::RewriteMap::Kind::kDbm;
            if (is_dbm && state_of(map.path) != State::kMissing &&
                state_of(map.path + ".pag") == State::kMissing) {
                problem(
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
