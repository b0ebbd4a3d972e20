// Signals in a process that runs Python: handlers, not a blocked mask, so that programs which
// applications start do not inherit a blocked one; a handler does nothing but note the number and
// ring a bell. A child that an application forks shares that bell, and is to be meant alone: there
// signals have their usual action again. SIGTERM and SIGINT ask for a stop, which the supervisor
// alone orders: whoever signals a whole group of processes at once has told it, too, and it knows
// who must go first. No other signal does anything here, and each is told in the log.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/base/system/bell.h"

namespace server {

class StopSignal {
public:
    // Once per process, early: until then the process ignores what could end it (ipc/spawn.h).
    static base::Result<StopSignal> install();
    // Readable once a signal has come.
    [[nodiscard]] int fd() const { return bell_->fd(); }
    [[nodiscard]] const base::Bell& bell() const { return *bell_; }
    // Takes what has come. True: somebody wants this process to stop. Main thread.
    bool take();

private:
    explicit StopSignal(std::unique_ptr<const base::Bell> bell) : bell_(std::move(bell)) {}
    std::unique_ptr<const base::Bell> bell_;                        // stays where handlers find it
    std::array<std::chrono::steady_clock::time_point, 65> told_{};  // by number
};

// From now on SIGALRM ends this process, which has that long to end by itself.
void end_within(unsigned seconds);
// How long a process that was told to stop, and Python in it, may take (mod_wsgi's
// shutdown-timeout).
inline constexpr unsigned kShutdownSeconds = 5;
// While a stop takes long: after so long, and again, the log names what it still waits for.
inline constexpr std::chrono::seconds kTellOfStopAfter{3};
inline constexpr std::chrono::seconds kTellOfStopEvery{5};

// Who is told what a signal would mean elsewhere.
enum class Receiver { kSupervisor, kChild };
// "SIGUSR1 does nothing here: …"
std::string without_effect(int number, Receiver receiver);
// Whether the signal is one of those: neither a fault of the program, nor for job control, nor
// unstoppable, nor one that has a meaning of its own (SIGTERM, SIGINT, SIGCHLD, SIGPIPE).
bool is_without_effect(int number);

}  // namespace server
