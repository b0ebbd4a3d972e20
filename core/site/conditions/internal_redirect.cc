#include "core/site/conditions/internal_redirect.h"

#include <utility>

namespace site {

void redirect_internally(Walk& walk, std::string uri, std::string query) {
    request::Variables renamed;
    for (const auto& [name, value] : walk.environment.items()) {
        // Of these there is the last only, as in Apache.
        if (name != "REDIRECT_URL" && name != "REDIRECT_QUERY_STRING") {
            renamed.add("REDIRECT_" + name, value);  // each name is there once
        }
    }
    renamed.set("REDIRECT_URL", walk.uri);
    if (!walk.query.empty()) {
        renamed.set("REDIRECT_QUERY_STRING", walk.query);
    }
    renamed.set("REDIRECT_STATUS", std::to_string(walk.redirect_status));
    walk.environment = std::move(renamed);
    walk.uri = std::move(uri);
    walk.query = std::move(query);
    walk.filename.clear();
    walk.path_info.clear();
    walk.handler.clear();
}

}  // namespace site
