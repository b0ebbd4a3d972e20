// Where a request is to be answered: what the configuration made of its host and path.
// Plain values; travels with its request, to other processes too, so nothing in it points into the
// configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/foreign/link_rule.h"
#include "core/request/variables.h"

namespace request {

struct Route {
    std::uint32_t host = 0;         // index into config::Config::hosts
    std::string process_group;      // "" is embedded mode
    std::string application_group;  // "" is the main interpreter
    std::string callable;           // the script's global to call
    // SCRIPT_FILENAME: absolute path of the script, or "module:name" where Mount::is_module; with a
    // handler script, of what the request asked for.
    std::string script_filename;
    std::string script_name;  // SCRIPT_NAME and PATH_INFO: percent-decoded bytes, "//" collapsed
    std::string path_info;
    std::string handler;         // "wsgi-script", or the name of a WSGIHandlerScript
    std::string handler_script;  // the file of that, "" where script_filename is the script
    bool reloads = true;         // a script that has changed is loaded again
    base::LinkRule links;        // for whoever opens the script

    // Where rewriting or an ErrorDocument asks for something else than the client did; else "".
    std::string method;
    std::optional<std::string> query;
    Variables environment;  // SetEnv, SetEnvIf, RewriteRule [E=] and their kin, for environ
    // Two of one process that have the same number, and not 0, are the same in all but path_info.
    // Whoever changes anything else makes it 0. Another process has another one for it.
    std::uint64_t number = 0;

    // What is loaded to answer.
    [[nodiscard]] const std::string& script() const {
        return handler_script.empty() ? script_filename : handler_script;
    }

    void clear() {
        host = 0;
        number = 0;
        reloads = true;
        links = {};
        for (std::string* s :
             {&process_group,
              &application_group,
              &callable,
              &script_filename,
              &script_name,
              &path_info,
              &handler,
              &handler_script,
              &method}) {
            s->clear();
        }
        query.reset();
        environment.clear();
    }
};

}  // namespace request
