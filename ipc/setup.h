// The first message to a daemon process: everything that it needs to know, so that it uses nothing
// it has inherited. The descriptors that come with it are, in order: the request table, the pipe
// to the supervisor, then the pipe for the lines of all logs (base::LogPipe).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/system/log.h"
#include "ipc/privileges.h"

namespace ipc {

struct DaemonSetup {
    struct Host {
        std::uint32_t index = 0;  // request::Route::host
        std::uint32_t log = 0;    // index into logs
        std::vector<std::pair<std::string, std::string>> environ;
    };
    struct Preload {
        std::string script_filename;
        std::string application_group;
        bool checks_owner = true;  // else the configuration itself wants it here
    };
    // Who must own the scripts of requests, and their directories.
    struct ScriptOwner {
        enum class Kind : std::uint8_t { kAnybody, kUser, kGroup, kNobody };
        Kind kind = Kind::kAnybody;
        std::uint32_t id = 0;
        std::string option;  // as it is configured, for the log
    };

    std::string process_group;
    std::uint32_t process_index = 0;  // counts from 0 within the group
    Identity identity;
    bool new_privileges = false;  // what it starts may gain rights that it does not have itself
    std::string display_name;     // "" keeps the program's own
    std::string home;
    std::string python_home;
    std::vector<std::string> python_path;
    std::uint32_t processes = 1;  // of the group
    std::uint32_t threads = 1;
    std::uint64_t stack_size = 0;  // bytes; 0 is the system's
    bool is_multiprocess = false;
    std::string server_software;
    std::vector<base::LogLevel> logs;  // levels; number 0 is the process's own log
    // The virtual hosts whose requests may come here, in the order of their numbers.
    std::vector<Host> hosts;
    std::vector<Preload> preloads;
    ScriptOwner script_owner;
};

void encode_setup(const DaemonSetup& setup, std::string& out);
base::Result<DaemonSetup> decode_setup(base::Bytes payload);

// Which link a kLink or kGone frame is about.
struct Link {
    std::uint32_t group = 0;       // config::DaemonGroup::index
    std::uint32_t process = 0;     // index within the group
    std::uint32_t server = 0;      // server process
    std::uint32_t loop = 0;        // event loop within that
    std::uint32_t generation = 0;  // of the daemon process: how often it was started
};
void encode_link(const Link& link, std::string& out);
base::Result<Link> decode_link(base::Bytes payload);

}  // namespace ipc
