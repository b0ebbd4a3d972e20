#include "interp/application/import_watch.h"

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "core/base/system/forked_child.h"

namespace interp {

base::Result<> ImportWatch::open() {
    timer_ = base::Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    return timer_.is_open() ? base::Result<>() : base::fail_errno("timerfd", errno);
}

void ImportWatch::tell_late(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::uint64_t times = 0;
    [[maybe_unused]] const auto taken = ::read(timer_.get(), &times, sizeof times);
    for (Import& import : imports_) {
        if (import.tell_at <= now) {
            import.tell_at = now + kAgain;
            import.log.warn(
                "the import of {} has not ended for {} s; requests wait for it",
                import.what,
                std::chrono::duration_cast<std::chrono::seconds>(now - import.began).count()
            );
        }
    }
    set_timer();
}

// Its clock is Clock's. All zero: never.
void ImportWatch::set_timer() const {
    itimerspec at{};
    const auto first = std::ranges::min_element(imports_, {}, &Import::tell_at);
    if (first != imports_.end()) {
        const auto since = first->tell_at.time_since_epoch();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
        at.it_value.tv_sec = seconds.count();
        at.it_value.tv_nsec = std::chrono::nanoseconds(since - seconds).count();
    }
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

ImportWatch::Loading::Loading(
    ImportWatch& watch, const base::Log& log, std::string what, Clock::time_point now
)
    : watch_(watch) {
    const std::lock_guard lock(watch_.mutex_);
    watch_.imports_.push_back({log, std::move(what), now, now + kLate});
    import_ = std::prev(watch_.imports_.end());
    watch_.set_timer();
}

ImportWatch::Waiting::Waiting(
    ImportWatch& watch, const Task* task, const std::string& script, const std::string& into
)
    : watch_(watch) {
    const std::lock_guard lock(watch_.mutex_);
    watch_.waiters_.push_front({task, script, into});
    waiter_ = watch_.waiters_.begin();
}

ImportWatch::Waiting::~Waiting() {
    if (base::is_forked_child()) {
        return;  // as in ~Loading()
    }
    const std::lock_guard lock(watch_.mutex_);
    watch_.waiters_.erase(waiter_);
}

void ImportWatch::note_lock(std::string what) {
    const std::lock_guard lock(mutex_);
    locked_by_ = std::move(what);
}

std::string ImportWatch::awaited_by(const Task& task, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto waiter = std::ranges::find(waiters_, &task, &Waiter::task);
    if (waiter == waiters_.end()) {
        return {};
    }
    std::string text =
        fmt::format("script '{}' has not been loaded into {}", waiter->script, waiter->into);
    if (!imports_.empty()) {
        const Import& first = imports_.front();
        text += fmt::format(
            "; the import of {} has not ended for {} s",
            first.what,
            std::chrono::duration_cast<std::chrono::seconds>(now - first.began).count()
        );
    }
    if (!locked_by_.empty()) {
        text += fmt::format(
            "; when the import of {} ended, a thread held Python's import lock", locked_by_
        );
    }
    return text;
}

// In a child that the script has forked the mutex may be that of a thread that is not there, and
// nobody waits for what it loads.
ImportWatch::Loading::~Loading() {
    if (base::is_forked_child()) {
        return;
    }
    const std::lock_guard lock(watch_.mutex_);
    watch_.imports_.erase(import_);
    watch_.set_timer();
}

}  // namespace interp
