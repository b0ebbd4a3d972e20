#include "core/server/logs/read_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

namespace server {
namespace {

// Devices are read and written by whoever likes: /dev/null is both a log and an empty table.
std::optional<base::FileIdentity> file_at(const std::string& path) {
    struct stat facts {};
    if (path.empty() || ::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    return base::FileIdentity::of(facts);
}

std::string script_of(const config::Place& place) {
    return fmt::format("the script of {}", place.text());
}

}  // namespace

ReadFiles::ReadFiles(const config::Config& config) {
    for (const std::string& path : config.files) {
        add(path, "a file of the configuration");
    }
    for (const config::Mount& mount : config.mounts) {
        if (!mount.is_module) {
            add(mount.target, script_of(mount.place));
        }
    }
    for (const config::ImportScript& script : config.import_scripts) {
        add(script.script, script_of(script.place));
    }
    add_sections(config);
    add(config.types_config, "the file of TypesConfig");
}

void ReadFiles::add_sections(const config::Config& config) {
    for (const config::Section& section : config.sections) {
        for (const config::HandlerScript& script : section.settings.handler_scripts) {
            add(script.script, script_of(script.place));
        }
        if (const auto& script = section.settings.dispatch_script) {
            add(script->script, script_of(script->place));
        }
        for (const config::RewriteMap& map : section.settings.rewriting.maps) {
            const std::string what = fmt::format("the map of {}", map.place.text());
            if (map.kind == config::RewriteMap::Kind::kDbm) {
                add(map.path + ".pag", what);
                add(map.path + ".dir", what);
            } else {
                add(map.path, what);
            }
        }
    }
}

void ReadFiles::add(const std::string& path, const std::string& what) {
    if (const auto file = file_at(path)) {
        known_.try_emplace(*file, what);
    }
}

std::string ReadFiles::obstacle_to_log(const std::string& path) const {
    const auto file = file_at(path);
    const auto found = file ? known_.find(*file) : known_.end();
    if (found == known_.end()) {
        return {};
    }
    return fmt::format(
        "{}: it is {}, which lines would be written into; name a file of its own",
        path,
        found->second
    );
}

}  // namespace server
