// Signals in a process that runs Python: handlers, not a blocked mask, so that programs which
// applications start do not inherit a blocked one; a handler does nothing but note the number and
// write to an eventfd. A child that an application forks shares that eventfd, and is to be meant
// alone: there signals have their usual action again. SIGTERM and SIGINT ask for a stop, which the
// supervisor alone orders: whoever signals a whole group of processes at once has told it, too, and
// it knows who must go first. No other signal does anything here, and each is told in the log.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace server {

class StopSignal {
public:
    // Once per process, early: until then the process ignores what could end it (ipc/spawn.h).
    static base::Result<StopSignal> install();
    // Readable once a signal has come.
    [[nodiscard]] int fd() const { return fd_.get(); }
    // Takes what has come. True: somebody wants this process to stop. Main thread.
    bool take();

private:
    explicit StopSignal(base::Fd fd) : fd_(std::move(fd)) {}
    base::Fd fd_;
    std::array<std::chrono::steady_clock::time_point, 65> told_{};  // by number
};

// From now on SIGALRM ends this process, which has that long to end by itself.
void end_within(unsigned seconds);

// Who is told what a signal would mean elsewhere.
enum class Receiver { kSupervisor, kChild };
// "SIGUSR1 does nothing here: …"
std::string without_effect(int number, Receiver receiver);
// Whether the signal is one of those: neither a fault of the program, nor for job control, nor
// unstoppable, nor one that has a meaning of its own (SIGTERM, SIGINT, SIGCHLD, SIGPIPE).
bool is_without_effect(int number);

}  // namespace server
