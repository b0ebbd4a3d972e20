#include "core/base/system/disposal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>

namespace base {
namespace {

// One that lingers all the same (its maker has armed it again meanwhile) holds up one of these.
constexpr int kThreadsMax = 8;
constexpr std::size_t kStackSize = 256 * 1024;

class Disposal {
public:
    static Disposal& instance() {
        static auto* const disposal = new Disposal;  // its threads outlive main()
        return *disposal;
    }

    void add(Fd fd) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(fd));
        if (idle_ > 0) {
            changed_.notify_one();
        } else if (threads_ < kThreadsMax && start_thread()) {
            ++threads_;
        }
        // Without a thread it waits for the next one; a descriptor kept is better than a loop that
        // stands.
    }

private:
    Disposal() {
        ::pthread_atfork(
            [] { instance().mutex_.lock(); },
            [] { instance().mutex_.unlock(); },
            [] { instance().begin_anew(); }
        );
    }

    // In a forked child there are no threads, and what waited belongs to the parent.
    void begin_anew() {
        for (Fd& fd : waiting_) {
            static_cast<void>(fd.release());
        }
        waiting_.clear();
        threads_ = idle_ = 0;
        new (&changed_) std::condition_variable;
        mutex_.unlock();
    }

    bool start_thread() {
        pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        ::pthread_attr_setstacksize(&attributes, kStackSize);
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the new thread hears no signal
        pthread_t thread{};
        auto body = [](void* self) -> void* {
            static_cast<Disposal*>(self)->run();
            return nullptr;
        };
        const bool has_started = ::pthread_create(&thread, &attributes, body, this) == 0;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        ::pthread_attr_destroy(&attributes);
        return has_started;
    }

    [[noreturn]] void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            while (waiting_.empty()) {
                ++idle_;
                changed_.wait(lock);
                --idle_;
            }
            Fd fd = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            const linger never{0, 0};
            ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &never, sizeof never);
            fd.reset();
            lock.lock();
        }
    }

    std::mutex mutex_;
    // Guarded by mutex_.
    std::condition_variable changed_;
    std::deque<Fd> waiting_;
    int threads_ = 0;
    int idle_ = 0;
};

}  // namespace

void dispose(Fd fd) noexcept {
    if (fd.is_open()) {
        Disposal::instance().add(std::move(fd));
    }
}

bool ForeignFd::is_readable_file() const {
    struct statx status {};
    const int access = ::fcntl(get(), F_GETFL);
    return access >= 0 && (access & O_PATH) == 0 && (access & O_ACCMODE) != O_WRONLY &&
           ::statx(get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) == 0 &&
           S_ISREG(status.stx_mode);
}

}  // namespace base
