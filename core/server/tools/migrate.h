// `hoopsnake migrate`: what of an Apache configuration would work here, per virtual host: what
// behaves the same, what differs, what is missing. Reads the tree and the .htaccess files of what
// it serves, and serves nothing. One thread, because what the tree's envvars file says goes into
// the environment.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace server {

struct Migration {
    std::string report;
    bool is_complete = false;  // nothing is missing
};

// `tree` is /etc/apache2 of Debian, /etc/httpd of Red Hat, or a copy; `defines` are names for
// <IfDefine>. The error is that there is no such tree.
base::Result<Migration> migrate(const std::string& tree, const std::vector<std::string>& defines);

}  // namespace server
