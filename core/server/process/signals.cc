#include "core/server/process/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "core/base/forked_child.h"

namespace server {
namespace {

volatile sig_atomic_t stop_fd = -1;
volatile sig_atomic_t owner = 0;

extern "C" void on_stop_signal(int number) {
    const int saved = errno;
    if (::getpid() != owner) {
        // So young a child that on_forked() has not run in it: it dies of the signal on return.
        ::signal(number, SIG_DFL);
        ::raise(number);
        errno = saved;
        return;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_fd, &one, sizeof one);
    errno = saved;
}

// In a child that an application has forked. What the application has put there itself stays.
void on_forked() {
    for (const int number : {SIGTERM, SIGINT}) {
        struct sigaction action {};
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == on_stop_signal) {
            ::signal(number, SIG_DFL);
        }
    }
}

}  // namespace

base::Result<StopSignal> StopSignal::install() {
    base::notice_forked_children();
    base::Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd.is_open()) {
        return base::fail_errno("eventfd", errno);
    }
    stop_fd = fd.get();
    owner = ::getpid();
    ::pthread_atfork(nullptr, nullptr, on_forked);
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGTERM, SIGINT}) {
        ::sigaction(number, &action, nullptr);
    }
    ::signal(SIGPIPE, SIG_IGN);
    return StopSignal(std::move(fd));
}

}  // namespace server
