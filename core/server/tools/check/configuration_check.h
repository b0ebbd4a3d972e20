// What `hoopsnake -t` asks beyond syntax: whether what the configuration speaks about is there, may
// be read by those who have to, and can ever be reached. Looks at files, users and ports, changes
// nothing. Any thread.
#pragma once

#include <vector>

#include "core/config/findings/finding.h"
#include "core/config/model/config.h"

namespace server {

// What keeps the server from starting, or a request from an answer, is a problem; what is merely
// not as somebody will have meant it is a remark. `said` is what the parser has found, which tells
// where directives stand; the answer is what there is to add.
std::vector<config::Finding> check_configuration(
    const config::Config& config, const std::vector<config::Finding>& said
);

// Of the handlers and types that `config` gives to files, those that nobody here implements; where
// it is that of a .htaccess file, `server` defines names for it.
std::vector<config::Finding> find_foreign_handlers(
    const config::Config& config, const config::Config& server
);

}  // namespace server
