#include "core/server/process/signals.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/base/process/kept_descriptors.h"
#include "core/base/system/forked_child.h"
#include "core/base/system/log.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// A timer of an application may send one signal after another.
constexpr auto kTellOfSignalEvery = 1s;

std::atomic<const base::Bell*> woken_by{nullptr};
volatile sig_atomic_t owner = 0;  // the process that has installed the handlers
std::atomic<std::uint64_t> arrived{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<const base::Bell*>::is_always_lock_free);

constexpr std::uint64_t bit_of(int number) { return std::uint64_t{1} << (number - 1); }

extern "C" void on_signal(int number) {
    const int saved = errno;
    if (::getpid() != owner) {
        // So young a child that on_forked() has not run in it gets what it would have got from any
        // other program, on return.
        ::signal(number, SIG_DFL);
        ::raise(number);
    } else if (number != SIGXFSZ) {  // of a write, which says it, too
        arrived.fetch_or(bit_of(number));
        if (const base::Bell* const bell = woken_by) {
            bell->ring();
        }
    }
    errno = saved;
}

// In a child that an application has forked, which shares the bell and would stop its parent.
// What the application has put there itself stays.
void on_forked() {
    for (int number = 1; number <= SIGRTMAX; ++number) {
        struct sigaction action {};
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == on_signal) {
            ::signal(number, SIG_DFL);
        }
    }
}

std::string signal_name(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

}  // namespace

bool is_without_effect(int number) {
    for (const int other :
         {SIGKILL,
          SIGSTOP,
          SIGSEGV,
          SIGBUS,
          SIGFPE,
          SIGILL,
          SIGTRAP,
          SIGSYS,
          SIGABRT,
          SIGCONT,
          SIGTSTP,
          SIGTTIN,
          SIGTTOU,
          SIGURG,
          SIGCHLD,
          SIGPIPE,
          SIGTERM,
          SIGINT}) {
        if (number == other) {
            return false;
        }
    }
    return number != SIGWINCH && number > 0 && number <= SIGRTMAX;
}

std::string without_effect(int number, Receiver receiver) {
    constexpr std::string_view kOfChild =
        "SIGTERM ends this process, which may finish what it has (a daemon process within 5 s), "
        "and another takes its place";
    std::string_view meaning = "it has no meaning for this server";
    switch (number) {
        case SIGHUP:
        case SIGUSR1:
            meaning = receiver == Receiver::kSupervisor
                          ? "Apache restarts on it, but a running server cannot take a changed "
                            "configuration yet; restart it"
                          : kOfChild;
            break;
        case SIGWINCH:
        case SIGQUIT:
            meaning = receiver == Receiver::kSupervisor
                          ? "the server stops on SIGTERM, when running requests have finished, and "
                            "at once on a second one a second later"
                          : kOfChild;
            break;
        case SIGXCPU:
            meaning = "RLIMIT_CPU (ulimit -t) is used up";
            break;
        default:
            break;
    }
    return fmt::format("{} does nothing here: {}", signal_name(number), meaning);
}

base::Result<StopSignal> StopSignal::install() {
    base::notice_forked_children();
    base::keep_own_descriptors();
    auto bell = std::make_unique<const base::Bell>(TRY(base::Bell::create()));
    woken_by = bell.get();
    owner = ::getpid();
    ::pthread_atfork(nullptr, nullptr, on_forked);
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (number == SIGTERM || number == SIGINT || is_without_effect(number)) {
            ::sigaction(number, &action, nullptr);  // fails for the two that libc keeps for itself
        }
    }
    ::signal(SIGPIPE, SIG_IGN);
    return StopSignal(std::move(bell));
}

bool StopSignal::take() {
    bell_->quiet();
    const std::uint64_t numbers = arrived.exchange(0);
    const auto now = std::chrono::steady_clock::now();
    for (int number = 1; number <= SIGRTMAX; ++number) {
        const bool has_come = (numbers & bit_of(number)) != 0 && is_without_effect(number);
        auto& told = told_.at(static_cast<std::size_t>(number));
        if (has_come && now - told >= kTellOfSignalEvery) {
            told = now;
            base::main_log().warn("{}", without_effect(number, Receiver::kChild));
        }
    }
    return (numbers & (bit_of(SIGTERM) | bit_of(SIGINT))) != 0;
}

void end_within(unsigned seconds) {
    ::signal(SIGALRM, SIG_DFL);
    ::alarm(seconds);
}

}  // namespace server
