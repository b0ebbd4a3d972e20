// Linker: which server processes and daemon processes still have to be connected, and when they
// are. Both ends of a link are the supervisor's own until they have been sent, so that it makes few
// at a time, and the next ones when those have left. Where no descriptor is to be had, a link is
// made later: whoever has others serves with those, and a server process that has none to a group
// is told to refuse its requests until then. Decides when, and does nothing itself. Supervisor
// only.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/server/supervisor/children/child.h"

namespace server {

class Linker {
public:
    using Clock = Child::Clock;

    // What is waited for wakes the supervisor, or is looked for again after so long.
    static constexpr std::chrono::milliseconds kRetry{250};

    class Maker {
    public:
        virtual ~Maker() = default;
        // All links between the two, or none, into their channels.
        virtual base::Result<> connect(Child& server, Child& daemon) = 0;
        // Sends what waits. True: nothing is left.
        virtual bool flush(Child& child) = 0;
    };

    // Both outlive it.
    Linker(std::vector<Child>& children, Maker& maker) : children_(children), maker_(maker) {}

    // A new process: it is to be connected with all that run.
    void want(Child& child);
    // It has ended, or is cut off.
    void forget(const Child& child);
    // Makes what can be made.
    void proceed(Clock::time_point now);
    // When to look again, if anything is still wanted.
    [[nodiscard]] std::optional<Clock::time_point> next() const;

private:
    struct Pair {
        Child* server;
        Child* daemon;
        bool is_refused = false;  // the server process was told not to wait for it
    };
    std::optional<base::Error> make_what_can_be();
    void refuse_what_is_missing();
    [[nodiscard]] bool has_link_to_group(const Pair& pair) const;

    std::vector<Child>& children_;
    Maker& maker_;
    std::vector<Pair> wanted_;
    Clock::time_point retry_at_{};
    bool has_failed_ = false;  // and the log says so
};

}  // namespace server
