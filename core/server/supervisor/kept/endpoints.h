// Listening sockets: Listen → bound descriptors. Made by the supervisor while it still has the
// right to.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/config/model/config.h"
#include "core/server/client/listening/endpoint.h"

namespace server {

class Endpoints {
public:
    std::vector<base::Fd> sockets;
    std::vector<Endpoint> endpoints;  // as sockets; with the ports that the kernel chose

    // Errors name the directive's place and say what to do.
    static base::Result<Endpoints> open(const std::vector<config::Listener>& listeners);

    // One more that listens at the address of sockets[index], which may be what it likes: what
    // comes from now on comes to the new one, and the other keeps what has come. None but those two
    // listen there.
    [[nodiscard]] base::Result<base::Fd> bind_beside(std::size_t index) const;

    // The server stops: each server process shuts the sockets down when it stops accepting.
    void announce_end() { *has_ended_ = true; }
    [[nodiscard]] bool is_end_announced() const { return *has_ended_; }
    // No server process is left, and nobody listens any more, whoever has copies of the sockets.
    void end();

private:
    struct Bound {
        sockaddr_storage address{};
        socklen_t size = sizeof(sockaddr_storage);
    };

    std::vector<Bound> bound_;                // as sockets, with the ports that the kernel chose
    std::atomic<bool>* has_ended_ = nullptr;  // as Endpoint::has_ended; never unmapped
};

// What keeps a listener from being opened just now. Nothing is listened on to find out, so a server
// that runs, and one that is about to start, are not disturbed.
struct Obstacle {
    config::Place place;
    bool is_in_use = false;     // another program listens there
    bool is_forbidden = false;  // to us; perhaps not to whoever will start the server
    std::string sentence;
};
std::vector<Obstacle> obstacles_of(const std::vector<config::Listener>& listeners);

// "127.0.0.1:8000", "[::1]:8000"
std::string text_of(const Endpoint& endpoint);

}  // namespace server
