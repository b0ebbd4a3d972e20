#include "core/server/process/signals.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace server {
namespace {

volatile sig_atomic_t stop_fd = -1;

extern "C" void on_stop_signal(int) {
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_fd, &one, sizeof one);
    errno = saved;
}

}  // namespace

base::Result<StopSignal> StopSignal::install() {
    base::Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd.is_open()) {
        return base::fail_errno("eventfd", errno);
    }
    stop_fd = fd.get();
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
