// What a process needs to know to run Python: the part of the configuration that crosses into
// interp/.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace interp {

// The part of environ that is the same for every request of a virtual host.
struct HostEnviron {
    std::uint32_t host = 0;  // request::Route::host
    // SERVER_ADMIN, DOCUMENT_ROOT, … as CGI bytes.
    std::vector<std::pair<std::string, std::string>> variables;
};

// Who must own a script that a request names, and its directory (script-user and script-group).
struct ScriptOwner {
    enum class Kind : std::uint8_t { kAnybody, kUser, kGroup, kNobody };
    Kind kind = Kind::kAnybody;
    std::uint32_t id = 0;  // of the user or group
    std::string option;    // "script-user=alice", for the log; kNobody: and why nobody can
};

// A script that is to be loaded before the first request of its application group.
struct EarlyImport {
    std::string script_filename;
    std::string application_group;  // "" is the main interpreter
};

struct Settings {
    std::string process_group;  // "" in embedded mode
    std::string
        python_home;   // prefix of an installation or virtual environment; "": the built-in one
    std::string home;  // goes to the front of sys.path when not empty
    std::vector<std::string>
        python_path;                 // site.addsitedir() for each, then to the front of sys.path
    int processes = 1;               // of the process group
    int threads = 15;                // request threads at most
    std::size_t stack_size = 0;      // of those threads; bytes; 0 is the system's
    bool is_multiprocess = false;    // wsgi.multiprocess
    std::string server_software;     // SERVER_SOFTWARE
    std::vector<HostEnviron> hosts;  // in the order of their numbers
    ScriptOwner script_owner;
    // Runtime::import_early(), or the first request of the group, loads them; in this order within
    // a group. Requests wait for another thread that does, but no longer than this.
    std::vector<EarlyImport> early_imports;
    std::chrono::milliseconds import_patience{60'000};
};

}  // namespace interp
