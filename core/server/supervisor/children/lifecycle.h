// Lifecycle: which processes run, and which are to end, and when (Termination says how one does,
// Shutdown how all do). It only decides; its System does it, which is the supervisor, or a test. It
// asks no clock and waits for nobody: whatever it has asked a process for has a deadline.
// Supervisor only.
//
// A server process that is told to stop alone is followed at once, by one in its other seat
// (Succession). A child goes through: due (restart.at()) → running → ready → (told to stop, or
// killed: it has a deadline) → gone, and due again; once the server stops, nobody is due any more.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/children/shutdown.h"
#include "core/server/supervisor/children/succession.h"
#include "core/server/supervisor/children/termination.h"
#include "ipc/frame.h"

namespace server {

class Lifecycle {
public:
    using Clock = Child::Clock;

    class System : public Termination::System {
    public:
        // The next process of `child`. It has none where that failed.
        virtual base::Result<> start(Child& child) = 0;
        // The server stops: nothing more is accepted. Once.
        virtual void on_stopping() = 0;
    };

    // `gives_up`: a daemon process that cannot start the first time ends the server, as a server
    // process always does. `children` are filled before the first call and stay then.
    Lifecycle(std::vector<Child>& children, System& system, bool gives_up)
        : children_(children),
          system_(system),
          termination_(children, system),
          shutdown_(children, system, termination_),
          gives_up_(gives_up) {}

    // What happens.
    void on_frame(Child& child, const ipc::Frame& frame);
    // It does not speak the protocol.
    void on_broken(Child& child) {
        termination_.kill(child, "it did not speak the server's protocol");
    }
    // It has closed its end of what leads here.
    void on_closed(Child& child);
    void on_died(Child& child, int status);
    // Signal `number` has stopped it.
    void on_stopped(Child& child, int number);
    void on_stop_signal();

    // What is due by now.
    void start_what_is_due();
    void enforce();
    // When something will be.
    [[nodiscard]] std::optional<Clock::time_point> next() const;

    [[nodiscard]] bool is_stopping() const { return shutdown_.is_on(); }
    // Nothing runs, and nothing will.
    [[nodiscard]] bool is_over() const { return shutdown_.is_over(); }
    // The server could not even start, or something could not be ended.
    [[nodiscard]] bool has_failed() const { return has_failed_; }

private:
    void start(Child& child);
    void on_ready(Child& child);
    void on_link_lost(const ipc::Frame& frame);
    void tell_others_of_death(const Child& child);
    void tell_servers_of_outage(const Child& child);
    void fail_to_start();
    void back_off(Child& child, bool was_ready);
    void begin_stop();
    void tell_late_starts();

    std::vector<Child>& children_;
    System& system_;
    Termination termination_;
    Shutdown shutdown_;
    const bool gives_up_;
    bool has_failed_ = false;
};

}  // namespace server
