// What the server knows about a request besides its head. Plain values; travels with the request,
// to other processes too.
#pragma once

#include <cstdint>
#include <string>

namespace request {

// Where a request came in: the same for most requests of a site.
struct Surroundings {
    std::string server_addr;        // local address of the connection
    std::uint16_t server_port = 0;  // listening port
    std::string server_name;        // SERVER_NAME
    std::string server_port_name;   // SERVER_PORT, decimal
    std::string listener_host;      // mod_wsgi.listener_host; "" for a wildcard
    // Where two of one process have the same one, and not 0, all of it is the same. Another process
    // has another one for it.
    std::uint64_t number = 0;

    bool operator==(const Surroundings&) const = default;
};

struct Facts : Surroundings {
    std::string remote_addr;
    std::uint16_t remote_port = 0;
    bool is_https = false;
    bool pass_authorization = false;
    std::string request_id;       // mod_wsgi.request_id
    std::int32_t server_pid = 0;  // mod_wsgi.server_pid
    double request_start = 0;     // seconds since the epoch; when the head was read
    double queue_start = 0;   // daemon mode: when it was handed to the daemon; 0 in embedded mode
    double daemon_start = 0;  // daemon mode: when the daemon read it; 0 in embedded mode
};

}  // namespace request
