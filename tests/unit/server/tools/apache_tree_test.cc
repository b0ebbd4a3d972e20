// What distributions' trees hold: Debian's envvars, and the names of modules.
#include "core/server/tools/apache_tree.h"

#include <gtest/gtest.h>

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

// As Debian's /etc/apache2/envvars is made up.
TEST(ApacheTree, ReadsWhatEnvvarsExports) {
    EXPECT_EQ(
        server::exported_variables("# comment\n"
                                   "unset HOME\n"
                                   "\tSUFFIX=\"-x\"\n"
                                   "export APACHE_RUN_USER=www-data\n"
                                   "  export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n"
                                   "export LANG\n"
                                   "#export APACHE_ULIMIT='ulimit -n 65536'\n"
                                   "export A=\"one two\" # why\n"
                                   "export B='$A'\n"
                                   "export C=${APACHE_RUN_USER}/x # why\n"
                                   "export APACHE_EMPTY=\n"),
        (Variables{
            {"APACHE_RUN_USER", "www-data"},
            {"APACHE_LOG_DIR", "/var/log/apache2"},
            {"A", "one two"},
            {"B", "$A"},
            {"C", "www-data/x"},
            {"APACHE_EMPTY", ""}})
    );
    EXPECT_TRUE(server::exported_variables("").empty());
}

TEST(ApacheTree, KnowsAModuleByBothItsNames) {
    EXPECT_EQ(server::module_name("ssl_module"), "ssl");
    EXPECT_EQ(server::module_name("mod_ssl.c"), "ssl");
    EXPECT_EQ(server::module_name("mpm_event_module"), "mpm_event");
}

}  // namespace
