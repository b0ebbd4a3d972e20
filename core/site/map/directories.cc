#include "core/site/map/directories.h"

#include <string>
#include <vector>

#include "core/base/text/effort.h"
#include "core/site/map/handlers.h"
#include "core/site/names/url_path.h"

namespace site {

Outcome redirect_to_slash(const Mapping& mapping) {
    auto location = encoded(mapping.walk.uri) + "/";
    if (!mapping.walk.query.empty()) {
        location.append("?").append(mapping.walk.query);
    }
    return Outcome::redirection(
        301, std::move(location), "directory without final slash: " + mapping.walk.filename
    );
}

Answer answer_for_directory(Mapping& mapping) {
    const auto handler = handler_of(*mapping.settings, mapping.walk.filename);
    if (!handler.empty() && handler != kScriptHandler) {
        return std::nullopt;  // a handler script answers for whatever there is
    }
    if (!mapping.walk.uri.ends_with('/')) {
        if (!mapping.settings->directory_slash.value_or(true)) {
            return std::nullopt;
        }
        return redirect_to_slash(mapping);
    }
    static const std::vector<std::string> kUsual = {"index.html"};
    // More cost as much as they are: each is a look into a directory.
    constexpr int kOrdinary = 8;
    int looked_for = 0;
    for (const auto& name :
         mapping.settings->directory_index ? *mapping.settings->directory_index : kUsual) {
        if (name.starts_with('/')) {
            mapping.note("handler", "DirectoryIndex ", name);
            return mapping.start_again(name);
        }
        if (++looked_for > kOrdinary && base::Effort::is_spent()) {
            return Outcome::page(
                500, "DirectoryIndex: looking for " + name + " and those before it takes too long"
            );
        }
        // A name may go on behind a file: "index.wsgi/start".
        auto file = mapping.walk.filename + "/" + name;
        std::string rest;
        if (find_file(file, rest, mapping.walk.filename.size()) == FileKind::kFile) {
            mapping.note("handler", "DirectoryIndex ", name);
            return mapping.start_again(mapping.walk.uri + name);
        }
    }
    return answer_for_missing(mapping);
}

Answer answer_for_missing(Mapping& mapping) {
    const auto& fallback = mapping.settings->fallback_resource;
    if (!fallback || fallback->empty() || mapping.fallback.is_taken ||
        *fallback == mapping.walk.uri) {
        return std::nullopt;
    }
    mapping.note("handler", "FallbackResource ", *fallback);
    mapping.fallback.is_taken = true;
    const auto directory = std::string_view(*fallback).substr(0, fallback->rfind('/'));
    mapping.fallback.path_info.clear();  // a resource that does not lie above has its own
    if (mapping.walk.uri.starts_with(directory) && mapping.walk.uri[directory.size()] == '/') {
        mapping.fallback.script_name.assign(directory);
        mapping.fallback.path_info.assign(mapping.walk.uri, directory.size());
    }
    return mapping.start_again(*fallback);
}

}  // namespace site
