// A request meets the configuration: path and virtual host → the script, the groups and the
// callable that answer it. Immutable once built from a Config, which it does not need afterwards;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/config/config.h"
#include "core/site/route.h"

namespace site {

// What is asked.
struct Question {
    std::uint32_t host = 0;         // index into config::Config::hosts, from HostTable
    std::string_view path;          // the target's path as the client sent it, without query
    std::string_view authority;     // the Host field or the target's authority; may be empty
    std::uint16_t local_port = 80;  // where the connection arrived
};

struct Outcome {
    int status = 0;        // 0: the Route says who answers; else 301, 400, 403, 404 or 500
    std::string reason;    // why there is no route, for the error log
    std::string location;  // with 301: a path, encoded; the request's query is still to be added
    bool pass_authorization = false;

    [[nodiscard]] bool is_route() const { return status == 0; }
};

class Mapper {
public:
    // Looks at each mount's target once: a file that exists is taken for one from then on, and asks
    // nothing of the file system per request. Directories, and what did not exist, are looked at
    // again for every request.
    explicit Mapper(const config::Config& config);

    // Fills `out`, whose strings keep their capacity: a route to a file allocates nothing once they
    // have grown. When the outcome is no route, `out` means nothing.
    [[nodiscard]] Outcome map(const Question& question, Route& out) const;

private:
    // The name of a process or application group, as far as the configuration knows it
    // (specification of mod_wsgi, 4.2).
    struct GroupName {
        enum class Kind { kLiteral, kServer, kHost, kResource };

        explicit GroupName(const std::string& written);

        Kind kind = Kind::kLiteral;
        std::string literal;
    };

    // A mount as one virtual host sees it: options, else the virtual host's settings, else the main
    // server's.
    struct Entry {
        Entry(const config::Mount& mount, const config::HostSettings& settings);
        [[nodiscard]] bool matches(std::string_view path) const;

        std::uint32_t mount;
        std::string prefix;       // what a path must start with; "" matches all
        std::string target;       // without final slashes
        std::size_t tail_at = 0;  // where the part of the path starts that lies below the target
        bool joins_bare = false;  // "/odd/" → "/w/dir": a path "/odd/three" names "/w/dirthree"
        bool is_file = false;     // no need to look
        GroupName process_group;
        GroupName application_group;
        std::string callable;
        bool pass_authorization;
    };

    struct Host {
        std::string server_name;
        std::uint16_t server_name_port = 0;  // 0: none written
        std::vector<Entry> entries;  // its own, then the main server's; the first match wins
    };

    [[nodiscard]] Outcome choose_groups(
        const Host& host, const Entry& entry, const Question& question, Route& out
    ) const;
    [[nodiscard]] Outcome check_process_group(const Host& host, const Route& route) const;

    std::vector<Host> hosts_;
    // Name → index of the virtual host of its definition.
    std::unordered_map<std::string, std::uint32_t> daemon_groups_;
};

}  // namespace site
