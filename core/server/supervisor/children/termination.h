// Termination: how a child comes to its end when it is to: told to stop, waited for until its
// deadline, killed, and left behind where the kernel holds it. Decides, as Lifecycle does, and
// knows nothing of why. Supervisor only.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "core/server/supervisor/children/child.h"

namespace server {

class Termination {
public:
    using Clock = Child::Clock;

    // How long running requests may take once a server process was told to stop.
    static constexpr std::chrono::seconds kDrainTime{30};
    // How long a process may take that serves nobody: Python's own end, and a little more than it
    // gives itself. Also whoever was not even ready.
    static constexpr std::chrono::seconds kShutdownTime{6};
    // What a killed process needs to be gone; longer only where the kernel holds it.
    static constexpr std::chrono::seconds kKillTime{6};
    // Between the end of a process's descriptors and its own.
    static constexpr std::chrono::seconds kCloseTime{2};
    // A signal to many processes reaches one after the other. A child that has one waits so long
    // for the supervisor's own.
    static constexpr std::chrono::milliseconds kWhoElse{500};
    // Whoever still ends in the other seat when the one that has followed it is to end, too. The
    // latter serves for so long.
    static constexpr std::chrono::seconds kCrowdTime{5};

    class System {
    public:
        virtual ~System() = default;
        [[nodiscard]] virtual Clock::time_point now() const = 0;
        // Returns 0, or what kept it from being sent (errno).
        virtual int signal(const Child& child, int number) = 0;
    };

    Termination(std::vector<Child>& children, System& system)
        : children_(children), system_(system) {}

    // Somebody else has told it to stop: so do we, if nobody tells us.
    void recycle(Child& child);
    // It is to be gone after `time`.
    void order(Child& child, std::chrono::milliseconds time);
    // One that is stopped hears nothing.
    void wake(Child& child);
    // It is on its way out, or has cut us off: killed for `why` if it stays.
    void expect_end(Child& child, std::string_view why);
    // `why` ends the sentence in which its death is told.
    void kill(Child& child, std::string_view why);

    // What is due by now. `gives_up`: on whom the kernel holds. True: it has, on one.
    void recycle_what_is_due();
    [[nodiscard]] bool enforce(bool gives_up);
    // When something will be.
    [[nodiscard]] static std::optional<Clock::time_point> due(const Child& child);

private:
    [[nodiscard]] bool has_to_wait(Child& child);
    void kill_late(Child& child);

    std::vector<Child>& children_;
    System& system_;
};

}  // namespace server
