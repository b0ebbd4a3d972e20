// Shutdown: how the server stops. Server processes are told first, which let their requests finish,
// and daemon processes when the last of them has gone; what holds it up is told. Decides, as
// Lifecycle does. Supervisor only.
#pragma once

#include <optional>
#include <vector>

#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/children/termination.h"

namespace server {

class Shutdown {
public:
    using Clock = Child::Clock;

    // Two signals within this time are one: timeout(1) and others send theirs to a process and to
    // its group.
    static constexpr std::chrono::seconds kSameSignal{1};

    // All outlive it.
    Shutdown(std::vector<Child>& children, Termination::System& system, Termination& termination)
        : children_(children), system_(system), termination_(termination) {}

    // Once.
    void begin();
    [[nodiscard]] bool is_on() const { return step_ != Step::kNone; }
    // Another signal after that: nobody is waited for any more.
    void hurry();
    // A child serves: those that requests may still come to are waited for.
    void on_ready(Child& child) const;
    // What is due by now, and when something will be.
    void proceed();
    [[nodiscard]] std::optional<Clock::time_point> next() const;
    // Nothing runs any more.
    [[nodiscard]] bool is_over() const;

private:
    enum class Step { kNone, kServers, kDaemons };

    void tell_what_holds_up() const;
    [[nodiscard]] bool has_running(bool servers) const;

    std::vector<Child>& children_;
    Termination::System& system_;
    Termination& termination_;
    Step step_ = Step::kNone;
    Clock::time_point began_{};
    Clock::time_point tell_at_{};
};

}  // namespace server
