#include "core/site/map/translation.h"

#include <algorithm>

#include "core/base/text/effort.h"
#include "core/config/language/opening_lines.h"
#include "core/site/map/handlers.h"
#include "core/site/map/redirects.h"

namespace site {
namespace {

// Whether `path` goes up, so that sections would be looked for in another directory than the
// file's.
bool has_dot_segment(std::string_view path) {
    for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
        const auto rest = path.substr(at + 1);
        const auto segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") {
            return true;
        }
    }
    return false;
}

Answer look_for_file(Mapping& mapping) {
    auto& name = mapping.walk.filename;
    // The path of the request has none; what a regular expression has captured may be one ("/~..").
    if (has_dot_segment(name)) {
        return Outcome::page(403, "a name with \"..\" in it: " + name);
    }
    if (name.empty()) {
        mapping.file.kind = FileKind::kMissing;
        return std::nullopt;
    }
    if (mapping.mounted.mount != nullptr && mapping.mounted.is_file) {
        mapping.walk.path_info.assign(name, mapping.mounted.target_size);
        name.resize(mapping.mounted.target_size);
        mapping.file.kind = FileKind::kFile;
        return std::nullopt;
    }
    base::Effort::begin();
    mapping.file.kind = find_file(
        name,
        mapping.walk.path_info,
        mapping.mounted.mount != nullptr ? mapping.mounted.target_size : mapping.file.known_size
    );
    return std::nullopt;
}

}  // namespace

Answer Translation::translate(Mapping& mapping) const {
    if (mapping.walk.filename.empty()) {
        if (auto answer = name_file(mapping)) {
            return answer;
        }
    }
    return look_for_file(mapping);
}

Answer Translation::name_file(Mapping& mapping) const {
    const auto& main = site_.config.hosts.front();
    const auto& host = *mapping.walk.host;
    const auto whole = sections_.redirect_of_location(mapping.walk);
    if (!whole) {
        return Outcome::page(500, whole.error().what);
    }
    if (*whole != nullptr) {
        return redirect_whole(**whole, mapping);
    }
    for (const auto* const each : {&host, &main}) {
        if (auto answer = redirect(each->redirects, mapping)) {
            return answer;
        }
    }
    const bool has_runs = mapping.walk.uri.find("//") != std::string::npos;
    mapping.collapsed_path = has_runs ? collapsed(mapping.walk.uri) : std::string();
    const std::string& path = has_runs ? mapping.collapsed_path : mapping.walk.uri;
    const auto is_alias = follow_alias(path, mapping);
    if (!is_alias) {
        return Outcome::page(500, is_alias.error().what);
    }
    if (!*is_alias) {
        if (const auto found = site_.mounts.find(mapping.request.host, path, mapping.mounted);
            !found) {
            return Outcome::page(500, found.error().what);
        }
        const auto& root = config::document_root_of(site_.config, host);
        if (mapping.mounted.mount != nullptr) {
            mapping.walk.filename.swap(mapping.mounted.filename);
            mapping.walk.handler.assign(kScriptHandler);
            mapping.note(
                "alias", "WSGIScriptAlias to ", mapping.walk.filename, &mapping.mounted.mount->place
            );
        } else if (!find_home(path, mapping) && !root.empty()) {
            mapping.walk.filename.assign(root, 0, root.find_last_not_of('/') + 1).append(path);
            mapping.file.known_size = root.size();
            mapping.note("alias", "below DocumentRoot: ", mapping.walk.filename);
        } else if (mapping.walk.filename.empty()) {
            mapping.note("alias", "nothing is mounted there, and there is no DocumentRoot");
        }
    }
    return std::nullopt;
}

// UserDir: "/~name" and what lies below it.
bool Translation::find_home(const std::string& path, Mapping& mapping) const {
    const auto& own = mapping.walk.host->settings.user_dir;
    const auto& user_dir = own ? own : site_.config.hosts.front().settings.user_dir;
    if (!user_dir || !path.starts_with("/~")) {
        return false;
    }
    const auto end = std::min(path.find('/', 2), path.size());
    const auto name = path.substr(2, end - 2);
    const auto is_listed = [&](const auto& names) {
        return std::ranges::find(names, name) != names.end();
    };
    if (name.empty() || name == "." || name == ".." || is_listed(user_dir->disabled) ||
        (user_dir->is_disabled && !is_listed(user_dir->enabled))) {
        return false;
    }
    std::string found;
    for (const auto& pattern : user_dir->paths) {
        const auto star = pattern.find('*');
        if (!pattern.starts_with('/')) {
            const auto home = site_.homes.of(name);
            found = home.empty() ? found : home + "/" + pattern;
        } else if (star == std::string::npos) {
            found = pattern + "/" + name;
        } else {
            found = pattern.substr(0, star) + name + pattern.substr(star + 1);
        }
        if (!found.empty() && kind_of(found) == FileKind::kDirectory) {
            break;
        }
    }
    if (found.empty()) {
        return false;
    }
    mapping.walk.filename = found + path.substr(end);
    mapping.file.known_size = found.size();
    mapping.note("alias", "UserDir: ", mapping.walk.filename);
    return true;
}

base::Result<bool> Translation::follow_alias(const std::string& path, Mapping& mapping) const {
    for (const auto* const host : {mapping.walk.host, &site_.config.hosts.front()}) {
        for (const auto& alias : host->aliases) {
            std::size_t size = 0;
            if (alias.regex) {
                auto name =
                    TRY(target_of("AliasMatch", *alias.regex, path, alias.target, alias.place));
                if (!name) {
                    continue;
                }
                mapping.walk.filename = *std::move(name);
                mapping.file.known_size = 0;
            } else if (matches_prefix(alias.url_path, path, size)) {
                mapping.walk.filename.assign(alias.target).append(path, size);
                mapping.file.known_size = alias.target.size();
                mapping.found_in.alias_path = alias.url_path;
                mapping.found_in.alias_target = alias.target;
            } else {
                continue;
            }
            mapping.note("alias", "Alias to ", mapping.walk.filename, &alias.place);
            return true;
        }
        if (host == &site_.config.hosts.front()) {
            break;
        }
    }
    return false;
}

}  // namespace site
