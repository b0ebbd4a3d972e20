// ListenerWatch: whether the listening sockets are what they were when they were made. All server
// processes have them, and an application in one of these may make them deaf for everybody. What
// has been done to a socket stays in it, so another one takes its place. Supervisor only.
//
//     listening ─ not what it was → retired: a new one gets what comes; whose handshake has begun,
//     or who waits in its backlog, is still accepted ─ kRetiredFor, or another one is retired →
//     shut down and closed
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/system/fd.h"
#include "core/server/client/listening/listener_state.h"
#include "core/server/supervisor/kept/endpoints.h"

namespace server {

class ListenerWatch {
public:
    using Clock = std::chrono::steady_clock;

    // Longer than processes accept from a retired one.
    static constexpr std::chrono::seconds kRetiredFor{4};
    // At most so often: an application may go on, and each look costs a descriptor for a while.
    static constexpr std::chrono::milliseconds kLookEvery{200};
    // Until it is tried again where a new socket could not be made.
    static constexpr std::chrono::seconds kTryEvery{1};

    struct Retired {
        std::size_t endpoint = 0;
        ListenerState state;  // that it had when it was made
        base::Fd socket;
        Clock::time_point until;
    };

    explicit ListenerWatch(Endpoints& endpoints) : endpoints_(endpoints) {}

    // Somebody has reason to think that one is spoilt: proceed() will look.
    void ask() { is_asked_ = true; }
    // What is due by now. Gives the indices of endpoints that have a new socket.
    std::vector<std::size_t> proceed(Clock::time_point now);
    // When something will be.
    [[nodiscard]] std::optional<Clock::time_point> next() const;
    // Whoever starts to accept has these, too.
    [[nodiscard]] const std::vector<Retired>& retired() const { return retired_; }
    // Nobody listens any more.
    void end();

private:
    template <class Which>
    void end_those(Which&& which);
    [[nodiscard]] bool replace(std::size_t index, Clock::time_point now);

    Endpoints& endpoints_;
    bool is_asked_ = false;
    bool has_failed_ = false;  // the last time, which has been told
    Clock::time_point not_before_{};
    std::vector<Retired> retired_;  // oldest first
};

}  // namespace server
