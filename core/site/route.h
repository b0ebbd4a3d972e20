// Where a request is to be answered: what the configuration made of its host and path.
// Plain values; travels with its request, to other processes too, so nothing in it points into the
// configuration.
#pragma once

#include <cstdint>
#include <string>

namespace site {

struct Route {
    std::uint32_t mount =
        0;  // from Mapper: index into config::Config::mounts; later: server::MountViews number
    std::string process_group;      // "" is embedded mode
    std::string application_group;  // "" is the main interpreter
    std::string callable;           // the script's global to call
    std::string
        script_filename;  // absolute path of the script, or "module:name" where Mount::is_module
    std::string script_name;  // SCRIPT_NAME and PATH_INFO: percent-decoded bytes, "//" collapsed
    std::string path_info;

    void clear() {
        mount = 0;
        for (std::string* s :
             {&process_group,
              &application_group,
              &callable,
              &script_filename,
              &script_name,
              &path_info}) {
            s->clear();
        }
    }
};

}  // namespace site
