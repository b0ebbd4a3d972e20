// Announcement: when whoever has started the server is told that it serves, and how. Supervisor
// only.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/kept/endpoints.h"

namespace server {

struct SupervisorOptions {
    int ready_fd = -1;  // gets a line per bound address once requests are served; -1: nobody asks
    bool announces = false;  // says on standard output where it listens and how to stop it
};

class Announcement {
public:
    using Clock = Child::Clock;

    // So long it waits for daemon processes.
    static constexpr std::chrono::seconds kSettleTime{10};

    explicit Announcement(SupervisorOptions options) : options_(options) {}

    // The first processes are about to be started.
    void begin(Clock::time_point now) { started_at_ = now; }
    // Whether it is to be made now: nobody is waited for any more. Once.
    [[nodiscard]] bool is_due(const std::vector<Child>& children, Clock::time_point now);
    // When is_due() may say so although nothing has happened.
    [[nodiscard]] std::optional<Clock::time_point> next(Clock::time_point now) const;
    void make(const std::vector<Endpoint>& endpoints) const;

private:
    const SupervisorOptions options_;
    Clock::time_point started_at_{};
    bool is_made_ = false;
};

}  // namespace server
