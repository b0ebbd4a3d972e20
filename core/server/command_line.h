// The command line as values. httpd's letters where it has one: -f, -t, -D, -S, -L, -v, -V.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/findings/finding.h"
#include "core/config/model/config.h"
#include "core/server/tools/explain.h"

namespace server {

struct CommandLine {
    enum class Action {
        kServe,
        kTest,
        kVersion,
        kBuild,
        kListDirectives,
        kListHosts,
        kExplain,
        kMigrate,
        kDaemon
    };
    Action action = Action::kServe;

    std::string file;                  // -f
    std::vector<std::string> defines;  // -D
    // `serve APP`, for those who need no file.
    std::string application;  // a script, or "module:callable"
    std::string host = "127.0.0.1";
    int port = 8000;
    int processes = 0;  // 0: embedded mode
    int threads = 0;    // 0: the default of the mode
    std::string user;   // "": chosen, where root starts it
    std::string group;  // "": the user's own

    Question question;  // of `explain`
    std::string tree;   // of `migrate`: /etc/apache2

    int ready_fd = -1;
    int daemon_channel = -1;  // of a daemon process that a supervisor has started
};

// Says what is wrong on standard error, or prints help, and sets `exit_code`; then there is no
// CommandLine.
std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_code);

// Whether there is such a descriptor to be written to; -1: nobody asks. Before any other is opened.
base::Result<> check_ready_fd(int ready_fd);

// The configuration that the command line names or means. Where `findings` is given, problems go
// there and do not make it fail (config::ParseOptions).
base::Result<config::Config> load_config(
    const CommandLine& line, std::vector<config::Finding>* findings = nullptr
);

}  // namespace server
