// Whether a connection lives on behind an answer (RFC 9112 section 9.3): as long as nobody has said
// that it does not, be it the client, the configuration, or whatever has gone wrong. Nobody takes
// that back. A value; loop thread.
#pragma once

#include "core/server/served/served.h"
#include "http/request.h"

namespace server {

class KeepAlive {
public:
    // The head of a request has come, to this virtual host.
    void on_request(const http::Request& request, const ServedHost& host) {
        ++requests_;
        const bool is_last =
            host.keep_alive_requests_max != 0 && requests_ >= host.keep_alive_requests_max;
        if (!request.keep_alive || !host.keep_alive || is_last) {
            end();
        }
    }
    // The answer that is awaited is the last; its head says so, unless that is out already.
    void end() { has_ended_ = true; }
    [[nodiscard]] bool has_ended() const { return has_ended_; }
    // That have been understood so far.
    [[nodiscard]] int requests() const { return requests_; }

private:
    bool has_ended_ = false;
    int requests_ = 0;
};

}  // namespace server
