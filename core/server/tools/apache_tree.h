// An Apache configuration as a distribution lays it out: Debian's /etc/apache2, Red Hat's
// /etc/httpd. Any thread, but for export_variables().
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace server {

struct ApacheTree {
    std::string root;       // absolute: what relative paths start at
    std::string main_file;  // apache2.conf, or conf/httpd.conf
    // What the envvars file exports, in its order.
    std::vector<std::pair<std::string, std::string>> variables;

    static base::Result<ApacheTree> find(const std::string& directory);

    // Into the environment of this process, as apachectl does it. No other thread may run.
    void export_variables() const;
};

// The `export NAME=value` lines of a shell script; of the shell's language, quotes and $NAME of
// what was exported before.
std::vector<std::pair<std::string, std::string>> exported_variables(std::string_view script);

// "ssl" of "ssl_module" and "mod_ssl.c".
std::string module_name(std::string_view written);

}  // namespace server
